/**
 * A strict stand-in for the part of Figma's plugin API that the main half uses: pages, frames, groups, shapes, components
 * and instances with Figma's rules for coordinates, plugin data and events; pictures, exports, undo, storage and messages.
 * What it does not have throws "not simulated".
 * Rules come from the documentation in @figma/plugin-typings; each is named where it is kept.
 */

import type {
  NodeChange,
  NodeChangeEvent,
  PageNode,
  PluginAPI,
  Rect,
  SceneNode,
  Transform,
  VectorPaths,
} from '@figma/plugin-typings/plugin-api-standalone.d.ts';
import { encodePng } from '@stable-pose/core';
import { figmaClone } from './figma-clone.ts';
import { type DrawnNode, renderNodes } from './render-nodes.ts';
import { firstFont, type SimulatedFont, SimulatedFonts } from './simulated-fonts.ts';
import { covers, pathsOf, type Shaped, strokePathsOf } from './simulated-geometry.ts';
import { SimulatedImages } from './simulated-images.ts';
import { simulatedStorage } from './simulated-storage.ts';

type Kind =
  | 'DOCUMENT'
  | 'PAGE'
  | 'FRAME'
  | 'GROUP'
  | 'COMPONENT'
  | 'INSTANCE'
  | 'ELLIPSE'
  | 'LINE'
  | 'RECTANGLE'
  | 'POLYGON'
  | 'STAR'
  | 'VECTOR'
  | 'TEXT';

const holders: readonly Kind[] = ['DOCUMENT', 'PAGE', 'FRAME', 'GROUP', 'COMPONENT', 'INSTANCE'];
/** Which have an outline. */
const outlined: readonly Kind[] = [
  'FRAME',
  'COMPONENT',
  'INSTANCE',
  'ELLIPSE',
  'LINE',
  'RECTANGLE',
  'POLYGON',
  'STAR',
  'VECTOR',
];
/** What only nodes of some kinds have, besides children. */
const owners: Readonly<Record<string, readonly Kind[]>> = {
  selection: ['PAGE'],
  loadAsync: ['PAGE'],
  characters: ['TEXT'],
  fontName: ['TEXT'],
  fontSize: ['TEXT'],
  hasMissingFont: ['TEXT'],
  getRangeFontName: ['TEXT'],
  cornerRadius: ['RECTANGLE'],
  pointCount: ['POLYGON', 'STAR'],
  innerRadius: ['STAR'],
  vectorPaths: ['VECTOR'],
  fillGeometry: outlined,
  strokeGeometry: outlined,
  children: holders,
  findAllWithCriteria: holders,
};
/** `setPluginData`: "The total size of your entry ... cannot exceed 100 kB". */
const pluginDataBytes = 100_000;
const unit: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** Nodes are proxies of this: what is not here is not simulated. */
class SimulatedNode {
  readonly id: string;
  readonly type: Kind;
  parent: SimulatedNode | null = null;
  removed = false;
  visible = true;
  strokeCap = 'NONE';
  strokeWeight = 1;
  clipsContent = true;
  layoutMode = 'NONE';
  layoutPositioning = 'AUTO';
  effects: readonly unknown[] = [];
  opacity = 1;
  cornerRadius = 0;
  pointCount = 3;
  innerRadius = 0.382;
  relaunchData: Readonly<Record<string, string>> = {};
  private readonly document: SimulatedFigma;
  private readonly nodes: SimulatedNode[] = [];
  private readonly data = new Map<string, string>();
  private title: string;
  /** Measured from the nearest node above that is no group. A group keeps its axes here and takes its box from its children. */
  private transform: Transform = unit;
  private size: [number, number];
  private paints: Record<'fills' | 'strokes', readonly unknown[]> = { fills: [], strokes: [] };
  private readonly listeners = new Set<(event: NodeChangeEvent) => void>();
  /** Of a page: only those that were shown or loaded may be looked into. */
  private isLoaded = false;
  private selected: readonly SimulatedNode[] = [];
  private text = '';
  private font: SimulatedFont = firstFont;
  private letters = 12;
  private paths: VectorPaths = [];

  constructor(document: SimulatedFigma, type: Kind, id: string) {
    this.document = document;
    document.everyone.push(this);
    this.type = type;
    this.id = id;
    this.title = type.toLowerCase();
    this.size = type === 'LINE' ? [100, 0] : [100, 100];
  }

  get name() {
    return this.title;
  }
  set name(name: string) {
    this.write();
    this.title = name;
    this.tell('name');
  }

  /** Figma gives a new array each time: changing what came back changes nothing ("Editing properties"). */
  get children(): readonly SimulatedNode[] {
    this.mustBeLoaded('children');
    return this.nodes.map((node) => node.seen);
  }

  get absoluteTransform(): Transform {
    const above = this.measure;
    return above === null ? this.relativeTransform : compose(above.absoluteTransform, this.relativeTransform);
  }

  get relativeTransform(): Transform {
    if (this.type !== 'GROUP') return copy(this.transform);
    const { x, y } = this.groupBox();
    const [[a, c], [b, d]] = this.transform;
    return [
      [a, c, a * x + c * y],
      [b, d, b * x + d * y],
    ];
  }
  set relativeTransform(next: Transform) {
    this.write();
    const [[a, c], [b, d]] = next;
    // "The transform always has unit axes."
    for (const length of [Math.hypot(a, b), Math.hypot(c, d)]) {
      if (Math.abs(length - 1) > 1e-6) throw new Error('in set_relativeTransform: Expected unit axes');
    }
    if (this.type === 'GROUP') {
      const move = compose(next, invert(this.relativeTransform));
      this.transform = next;
      for (const node of this.nodes) node.moveWith(move);
    } else this.transform = copy(next);
    this.tell('relativeTransform');
  }

  get width(): number {
    if (this.type === 'TEXT')
      return Math.max(0.01, ...this.lines.map((line) => line.length * this.letters * 0.6));
    return this.type === 'GROUP' ? this.groupBox().width : this.size[0];
  }
  get height(): number {
    if (this.type === 'TEXT') return this.lines.length * Math.round(this.letters * 1.2);
    return this.type === 'GROUP' ? this.groupBox().height : this.size[1];
  }
  /** "The bounds of the node that does not include rendered properties like drop shadows or strokes", on the page. */
  get absoluteBoundingBox(): Rect | null {
    if (this.type === 'PAGE') return null;
    const { width, height } = this;
    const at = this.absoluteTransform;
    const corners = [apply(at, 0, 0), apply(at, width, 0), apply(at, 0, height), apply(at, width, height)];
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  }
  get x() {
    return this.relativeTransform[0][2];
  }
  set x(x: number) {
    const [[a, c], row] = this.relativeTransform;
    this.relativeTransform = [[a, c, x], row];
  }
  get y() {
    return this.relativeTransform[1][2];
  }
  set y(y: number) {
    const [row, [b, d]] = this.relativeTransform;
    this.relativeTransform = [row, [b, d, y]];
  }

  /** "Setting the rotation turns the node around its top left." */
  set rotation(degrees: number) {
    const angle = (-degrees * Math.PI) / 180;
    const [[, , x], [, , y]] = this.relativeTransform;
    this.relativeTransform = [
      [Math.cos(angle), -Math.sin(angle), x],
      [Math.sin(angle), Math.cos(angle), y],
    ];
  }

  resize(width: number, height: number) {
    this.write();
    if (this.type === 'LINE') {
      if (height !== 0) throw new Error('in resize: The height of a line must be exactly 0');
    } else if (!(height >= 0.01)) throw new Error('in resize: Expected "height" to have value >= 0.01');
    if (!(width >= 0.01)) throw new Error('in resize: Expected "width" to have value >= 0.01');
    if (this.type === 'GROUP') {
      const now = this.relativeTransform;
      const [sx, sy] = [width / this.width, height / this.height];
      for (const node of this.nodes) node.stretchIn(now, sx, sy);
    } else this.size = [width, height];
    this.tell('width');
  }

  /** A page's. "To get the selection of a page that is not the current one" its nodes need to be loaded. */
  get selection(): readonly SimulatedNode[] {
    this.mustBeLoaded('selection');
    return this.selected.filter((node) => !node.removed).map((node) => node.seen);
  }
  set selection(nodes: readonly SimulatedNode[]) {
    this.selected = nodes.map((node) => this.document.real(node));
    this.document.onSelect(this.real);
  }
  /** "Loads the contents of the page node" (typings, `PageNode.loadAsync`). */
  async loadAsync() {
    this.isLoaded = true;
  }

  get characters() {
    return this.text;
  }
  set characters(text: string) {
    this.writeText('set_characters');
    this.text = text;
    this.tell('characters');
  }
  get fontName(): SimulatedFont {
    return { ...this.font };
  }
  set fontName(font: SimulatedFont) {
    this.document.fonts.mustBeLoaded(font, 'set_fontName');
    this.writeText('set_fontName');
    this.font = { ...font };
    this.tell('fontName');
  }
  get fontSize() {
    return this.letters;
  }
  set fontSize(size: number) {
    if (!(size >= 1)) throw new Error('in set_fontSize: Expected "fontSize" to have value >= 1');
    this.writeText('set_fontSize');
    this.letters = size;
    this.tell('fontSize');
  }
  readonly hasMissingFont = false;
  /** Whole texts have one font here. */
  getRangeFontName(start: number, end: number) {
    if (start < 0 || end > this.text.length || start >= end)
      throw new Error('in getRangeFontName: Range outside of available characters');
    return this.fontName;
  }
  /** "You cannot modify the content of text nodes whose font was not loaded"; its own box follows: about a line high and as wide. */
  private writeText(call: string) {
    this.write();
    this.document.fonts.mustBeLoaded(this.font, call);
  }

  get fills() {
    return structuredClone(this.paints.fills);
  }
  set fills(paints: readonly unknown[]) {
    this.write();
    for (const paint of paints as readonly { readonly type: string; readonly imageHash?: string }[]) {
      if (paint.type === 'IMAGE') this.document.images.mustHave(paint.imageHash);
    }
    this.paints = { ...this.paints, fills: Object.freeze(structuredClone(paints)) };
    this.tell('fills');
  }
  get strokes() {
    return structuredClone(this.paints.strokes);
  }
  set strokes(paints: readonly unknown[]) {
    this.write();
    this.paints = { ...this.paints, strokes: Object.freeze(structuredClone(paints)) };
    this.tell('strokes');
  }

  get vectorPaths() {
    return this.paths;
  }
  set vectorPaths(paths: VectorPaths) {
    this.write();
    this.paths = Object.freeze(structuredClone(paths));
    this.tell('vectorPaths');
  }
  /** Whether there are any without a fill is stated nowhere: here there are none. */
  get fillGeometry(): VectorPaths {
    return this.paints.fills.length === 0 ? [] : structuredClone(pathsOf(this.shape));
  }
  /** Strokes lie inside of the outline here. */
  get strokeGeometry(): VectorPaths {
    return this.paints.strokes.length === 0 ? [] : strokePathsOf(this.shape, this.strokeWeight);
  }

  getPluginData(key: string) {
    this.mustBe();
    return this.data.get(key) ?? '';
  }
  setPluginData(key: string, value: string) {
    this.mustBe();
    if (typeof value !== 'string') throw new Error('in setPluginData: Expected "value" to be a string');
    if (new TextEncoder().encode(key + value).length > pluginDataBytes) {
      throw new Error('in setPluginData: The entry exceeds 100 kB');
    }
    if (value === '') this.data.delete(key);
    else this.data.set(key, value);
    this.tell('pluginData');
  }
  getPluginDataKeys() {
    return [...this.data.keys()];
  }

  setRelaunchData(data: Readonly<Record<string, string>>) {
    this.write();
    for (const text of Object.values(data)) {
      // "Can be at most 1000 characters".
      if (text.length > 1000) throw new Error('in setRelaunchData: The description exceeds 1000 characters');
    }
    this.relaunchData = { ...data };
    this.tell('relaunchData');
  }
  getRelaunchData() {
    return { ...this.relaunchData };
  }

  /** PNG with `useAbsoluteBounds`, turned nodes as the page shows them, in the box around them; the rest is not simulated. */
  async exportAsync(settings: {
    readonly format: string;
    readonly contentsOnly?: boolean;
    readonly useAbsoluteBounds?: boolean;
    readonly colorProfile?: string;
    readonly constraint?: { readonly type: string; readonly value: number };
  }) {
    this.mustBe();
    const { format, useAbsoluteBounds, contentsOnly = true, colorProfile, constraint } = settings;
    if (format !== 'PNG' || !useAbsoluteBounds || !contentsOnly || colorProfile !== 'SRGB')
      throw new Error(`not simulated: exportAsync ${JSON.stringify(settings)}`);
    const { type: by, value } = constraint ?? { type: 'SCALE', value: 1 };
    const box = this.absoluteBoundingBox ?? { x: 0, y: 0, width: 1, height: 1 };
    const scale = by === 'SCALE' ? value : by === 'WIDTH' ? value / box.width : value / box.height;
    const scaled: Transform = [
      [scale, 0, -box.x * scale],
      [0, scale, -box.y * scale],
    ];
    const wide = Math.max(1, Math.round(box.width * scale));
    const high = Math.max(1, Math.round(box.height * scale));
    const drawn = this.drawn(scaled, scale);
    const png = encodePng(renderNodes(drawn, wide, high, (hash) => this.document.images.picture(hash)));
    // Figma renders elsewhere: the bytes come later.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return png;
  }

  /**
   * "Nodes are included in back-to-front order. Parents always appear before their children" (typings, `findAll`); by types and
   * by keys of plugin data ("a" or "b").
   */
  findAllWithCriteria({
    types,
    pluginData,
    ...more
  }: {
    readonly types?: readonly string[];
    readonly pluginData?: { readonly keys?: readonly string[] };
  }): SimulatedNode[] {
    this.mustBe();
    this.mustBeLoaded('findAllWithCriteria');
    if (Object.keys(more).length > 0)
      throw new Error(`not simulated: findAllWithCriteria ${Object.keys(more)}`);
    const { keys } = pluginData ?? {};
    const isWanted = (node: SimulatedNode) =>
      (types?.includes(node.type) ?? true) &&
      (pluginData === undefined || (keys ? keys.some((key) => node.data.has(key)) : node.data.size > 0));
    return this.nodes.flatMap((node) => [
      ...(isWanted(node) ? [node.seen] : []),
      ...(holders.includes(node.type) ? node.findAllWithCriteria({ types, pluginData }) : []),
    ]);
  }

  appendChild(given: SimulatedNode) {
    this.insertChild(Number.POSITIVE_INFINITY, given);
  }

  /** Counted from the back; its place in its parent's pixels stays as it was. */
  insertChild(index: number, given: SimulatedNode) {
    this.document.fail('appendChild');
    const node = this.document.real(given);
    this.mustBe();
    node.mustBe();
    if (!holders.includes(this.type)) throw new TypeError('no such method appendChild');
    this.mustBeLoaded('appendChild');
    if ((this.type === 'DOCUMENT') !== (node.type === 'PAGE'))
      throw new Error(`in appendChild: A ${node.type} node cannot be a child of a ${this.type} node`);
    if (this.type === 'INSTANCE' || this.isInInstance()) {
      throw new Error(
        'in appendChild: Cannot move node. New parent is an instance or is inside of an instance',
      );
    }
    for (let at: SimulatedNode | null = this.real; at; at = at.parentReal) {
      if (at === node) throw new Error('in appendChild: Cannot move node into itself');
    }
    node.leave();
    this.nodes.splice(index, 0, node);
    node.parent = this.seen;
    this.document.record({ type: 'CREATE', node }, this.page);
  }

  /** "The duplicate will be parented under figma.currentPage"; plugin data goes along. */
  clone() {
    const made = this.copyInto(() => this.document.nextId());
    this.document.current.appendChild(made);
    return made.seen;
  }

  createInstance() {
    if (this.type !== 'COMPONENT') throw new TypeError('not a function');
    const id = this.document.nextId();
    const made = this.copyInto((old) => (old === this.id ? id : `I${id};${old}`), 'INSTANCE');
    this.document.current.appendChild(made);
    return made.seen;
  }

  remove() {
    this.write();
    const { parentReal } = this;
    const page = this.page;
    if (this.type === 'DOCUMENT' || (this.type === 'PAGE' && parentReal?.nodes.length === 1))
      throw new Error('in remove: The last page of a document cannot be removed');
    if (this.type === 'PAGE' && this.real === this.document.current)
      throw new Error('not simulated: removing the page that is shown');
    this.leave();
    this.markRemoved();
    if (page) this.document.record({ type: 'DELETE', node: this.real }, page);
    // "Groups cannot be empty": one without children goes by itself.
    if (parentReal?.type === 'GROUP' && parentReal.nodes.length === 0) parentReal.remove();
  }

  /** "Removes this node and all of its children from the document." */
  private markRemoved() {
    this.removed = true;
    for (const node of this.nodes) node.markRemoved();
  }

  on(type: string, listener: (event: NodeChangeEvent) => void) {
    if (this.type !== 'PAGE' || type !== 'nodechange') throw new TypeError('not simulated: on');
    this.listeners.add(listener);
  }
  off(_type: string, listener: (event: NodeChangeEvent) => void) {
    this.listeners.delete(listener);
  }

  // Not of Figma's: the simulator's own, behind symbols' back.

  get seen(): SimulatedNode {
    return this.document.seen(this.real);
  }
  get real(): SimulatedNode {
    return this.document.real(this);
  }
  get parentReal(): SimulatedNode | null {
    return this.parent === null ? null : this.document.real(this.parent);
  }
  /** The page that it lies on. */
  get page(): SimulatedNode | undefined {
    for (let at: SimulatedNode | null = this.real; at; at = at.parentReal) if (at.type === 'PAGE') return at;
    return undefined;
  }
  get lines(): readonly string[] {
    return this.text.split('\n');
  }
  emit(event: NodeChangeEvent) {
    for (const listener of [...this.listeners]) listener(event);
  }
  adopt(node: SimulatedNode) {
    node.leave();
    this.nodes.push(node);
    node.parent = this.seen;
  }
  place(transform: Transform, size: [number, number]) {
    this.transform = copy(transform);
    this.size = size;
  }

  /** What undo brings back. */
  keep(): () => void {
    const { parent, removed } = this;
    const own = this.own();
    const nodes = [...this.nodes];
    const data = [...this.data];
    return () => {
      Object.assign(this, { parent, removed, ...own });
      this.nodes.splice(0, this.nodes.length, ...nodes);
      this.data.clear();
      for (const [key, value] of data) this.data.set(key, value);
    };
  }
  digest(): unknown {
    const { id } = this;
    return { id, ...this.own(), data: [...this.data], nodes: this.nodes.map((node) => node.digest()) };
  }
  /** What it has besides its place among nodes and its plugin data. */
  private own() {
    const { visible, title, transform, size, paints, strokeWeight, effects, relaunchData } = this;
    const { text, font, letters, opacity, cornerRadius, pointCount, innerRadius, paths } = this;
    const shape = { opacity, cornerRadius, pointCount, innerRadius, paths };
    return {
      visible,
      title,
      transform,
      size,
      paints,
      strokeWeight,
      effects,
      relaunchData,
      text,
      font,
      letters,
      ...shape,
    };
  }
  private get shape(): Shaped {
    const { type, width, height, cornerRadius, pointCount, innerRadius, paths } = this;
    return { type, width, height, cornerRadius, pointCount, innerRadius, vectorPaths: paths };
  }
  private drawn(toPicture: Transform, scale: number): DrawnNode[] {
    // Text is not drawn.
    if (!this.visible || this.type === 'TEXT') return [];
    const transform = this.type === 'PAGE' ? toPicture : compose(toPicture, this.absoluteTransform);
    const { width, height } = this;
    const isLine = this.type === 'LINE';
    const { shape } = this;
    const paints = isLine ? this.paints.strokes : this.paints.fills;
    const own: DrawnNode = {
      transform,
      width,
      height,
      paints,
      opacity: this.opacity,
      ...(isLine ? { strokeWeight: this.strokeWeight * scale } : {}),
      ...(outlined.includes(this.type) && !isLine ? { covers: (x, y) => covers(shape, x, y) } : {}),
    };
    return [own, ...this.nodes.flatMap((node) => node.drawn(toPicture, scale))];
  }
  private get measure(): SimulatedNode | null {
    let above = this.parentReal;
    while (above?.type === 'GROUP') above = above.parentReal;
    return above === null || above.type === 'PAGE' ? null : above;
  }
  private isInInstance(): boolean {
    for (let above = this.parentReal; above; above = above.parentReal)
      if (above.type === 'INSTANCE') return true;
    return false;
  }
  /** "If the manifest contains dynamic-page, and the node is a PageNode, you must first call loadAsync" (typings, `children`). */
  private mustBeLoaded(call: string) {
    if (this.type !== 'PAGE' || this.isLoaded) return;
    throw new Error(
      `in ${call}: Cannot access "${call}" on a page that has not been explicitly loaded. Please call page.loadAsync() first.`,
    );
  }
  private mustBe() {
    if (this.removed) throw new Error(`The node with id "${this.id}" does not exist`);
  }
  private write() {
    this.mustBe();
    if (this.isInInstance() && !this.document.isPerson) {
      throw new Error(
        'Cannot change a layer of an instance here: This property cannot be overridden in an instance',
      );
    }
  }
  private tell(property: string) {
    this.document.record({ type: 'PROPERTY_CHANGE', node: this.real, property }, this.page);
  }
  private leave() {
    const above = this.parentReal;
    if (above) above.nodes.splice(above.nodes.indexOf(this.real), 1);
    this.parent = null;
  }
  private moveWith(move: Transform) {
    this.transform = compose(move, this.transform);
    if (this.type === 'GROUP') {
      // A group's axes carry no place.
      const [[a, c], [b, d]] = this.transform;
      this.transform = [
        [a, c, 0],
        [b, d, 0],
      ];
      for (const node of this.nodes) node.moveWith(move);
    }
  }
  /** A child of a group that is resized: its box in the group's axes is stretched. Turned children are not simulated, lines are. */
  private stretchIn(group: Transform, sx: number, sy: number) {
    const own = compose(invert(group), this.transform);
    const scaled = (x: number, y: number): readonly [number, number] => {
      const [px, py] = apply(own, x, y);
      return apply(group, px * sx, py * sy);
    };
    const [x0, y0] = scaled(0, 0);
    const [x1, y1] = scaled(this.size[0], 0);
    const [x2, y2] = scaled(0, this.size[1]);
    const width = Math.hypot(x1 - x0, y1 - y0);
    const [a, b] = [(x1 - x0) / width, (y1 - y0) / width];
    const side = determinant(this.transform) < 0 ? -1 : 1;
    this.place(
      [
        [a, -b * side, x0],
        [b, a * side, y0],
      ],
      [width, Math.hypot(x2 - x0, y2 - y0)],
    );
  }
  private groupBox(): Rect {
    const [[a, c], [b, d]] = this.transform;
    const back = invert([
      [a, c, 0],
      [b, d, 0],
    ]);
    const corners = this.nodes.flatMap((node) => {
      const at = compose(back, node.relativeTransform);
      return [
        apply(at, 0, 0),
        apply(at, node.width, 0),
        apply(at, 0, node.height),
        apply(at, node.width, node.height),
      ];
    });
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  }
  private copyInto(idOf: (old: string) => string, type = this.type): SimulatedNode {
    const made = new SimulatedNode(this.document, type, idOf(this.id));
    Object.assign(made, this.own(), { relaunchData: {} });
    for (const [key, value] of this.data) made.data.set(key, value);
    for (const node of this.nodes) made.adopt(node.copyInto(idOf));
    return made;
  }
}

type Recorded =
  | { readonly type: 'CREATE' | 'DELETE'; readonly node: SimulatedNode }
  | { readonly type: 'PROPERTY_CHANGE'; readonly node: SimulatedNode; readonly property: string };

class SimulatedFigma {
  readonly root: SimulatedNode;
  /** The page that is shown. */
  current: SimulatedNode;
  readonly everyone: SimulatedNode[] = [];
  readonly images = new SimulatedImages();
  readonly fonts = new SimulatedFonts();
  /** Hears whenever something is selected on a page. */
  onSelect: (page: SimulatedNode) => void = () => undefined;
  private readonly failures: { readonly call: string; after: number }[] = [];
  /** Committed states, the oldest first. */
  private history: { readonly digest: string; readonly restore: () => void }[] = [];
  /** True while a person's hands act: they may do what plugins may not. */
  isPerson = false;
  private readonly proxies = new Map<SimulatedNode, SimulatedNode>();
  private readonly targets = new Map<SimulatedNode, SimulatedNode>();
  private changes: { readonly change: Recorded; readonly page: SimulatedNode }[] = [];
  /** How often a plug-in reached for something of a node: what its time goes into. */
  calls = 0;
  /** Another one whenever something was changed. */
  version = 0;
  private last = 1;
  private lastPage = 0;

  constructor() {
    this.root = new SimulatedNode(this, 'DOCUMENT', '0:0');
    this.current = this.addPage('Page 1');
    void this.current.loadAsync();
    this.forgetUndo();
  }

  addPage(name: string): SimulatedNode {
    // The document has the id before; pages of their own counting look like Figma's.
    const page = new SimulatedNode(this, 'PAGE', `0:${++this.lastPage}`);
    this.root.adopt(page);
    page.name = name;
    return page;
  }
  failNext(call: string, after = 0) {
    this.failures.push({ call, after });
  }
  fail(call: string) {
    const at = this.failures.findIndex((one) => one.call === call);
    if (at < 0 || this.failures[at].after-- > 0) return;
    this.failures.splice(at, 1);
    throw new Error(`in ${call}: Something went wrong`);
  }
  forgetUndo() {
    this.history = [this.keep()];
  }
  /** "Commits actions to undo history"; where nothing was changed there is nothing to commit. */
  commitUndo() {
    const now = this.keep();
    if (now.digest !== this.history[this.history.length - 1].digest) this.history.push(now);
  }
  /** What a person's undo would take back: what was committed, and what was done since. */
  get undoSteps() {
    return this.history.length - 1 + (this.isPending ? 1 : 0);
  }
  undo() {
    if (!this.isPending && this.history.length > 1) this.history.pop();
    this.revert();
  }
  /** "Reverts to the last `commitUndo()` state." */
  revert() {
    this.version++;
    this.history[this.history.length - 1].restore();
  }
  private get isPending() {
    return this.keep().digest !== this.history[this.history.length - 1].digest;
  }
  private keep() {
    const kept = new Map(this.everyone.map((node) => [node, node.keep()]));
    const restore = () => {
      for (const node of this.everyone) {
        const restoreNode = kept.get(node);
        if (restoreNode) restoreNode();
        else Object.assign(node, { removed: true, parent: null });
      }
    };
    return { digest: JSON.stringify(this.root.digest()), restore };
  }

  nextId() {
    return `1:${this.last++}`;
  }
  real(node: SimulatedNode) {
    return this.targets.get(node) ?? node;
  }
  seen(node: SimulatedNode): SimulatedNode {
    const known = this.proxies.get(node);
    if (known) return known;
    const proxy = new Proxy(node, {
      get: (target, key) => {
        this.calls++;
        const own = owners[String(key)];
        if (own && !own.includes(target.type))
          throw new TypeError(`no such property '${String(key)}' on ${target.type} node`);
        if (key in target) {
          const value = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        // A promise that resolves with a node asks whether it is a promise too.
        if (key === 'then') return undefined;
        throw new TypeError(`not simulated: ${target.type}.${String(key)}`);
      },
      set: (target, key, value) => {
        this.calls++;
        this.version++;
        if (!(key in target)) throw new TypeError(`not simulated: setting ${target.type}.${String(key)}`);
        // "Cannot assign to read only property": accessors without a setter throw by themselves.
        return Reflect.set(target, key, value, target);
      },
      has: (target, key) => owners[String(key)]?.includes(target.type) ?? shows(target, key),
    });
    this.proxies.set(node, proxy);
    this.targets.set(proxy, node);
    return proxy;
  }
  create(type: Kind) {
    const node = new SimulatedNode(this, type, this.nextId());
    this.current.appendChild(node);
    return node.seen;
  }
  /** What lies on no page is nobody's to hear of. */
  record(change: Recorded, page: SimulatedNode | undefined) {
    this.version++;
    if (page) this.changes.push({ change, page });
  }
  /** Figma batches: one event a page for all that was changed on it since the last. */
  deliver(): number {
    const changes = this.changes;
    this.changes = [];
    for (const page of new Set(changes.map((one) => one.page)))
      this.deliverTo(
        page,
        changes.filter((one) => one.page === page).map(({ change }) => change),
      );
    return changes.length;
  }
  private deliverTo(page: SimulatedNode, changes: readonly Recorded[]) {
    const nodeChanges = changes.map((change) => ({
      type: change.type,
      id: change.node.id,
      origin: 'LOCAL',
      node: change.node.removed
        ? { removed: true, type: change.node.type, id: change.node.id }
        : change.node.seen,
      ...('property' in change ? { properties: [change.property] } : {}),
    }));
    page.emit({ nodeChanges: nodeChanges as unknown as NodeChange[] });
  }
}

/** A page has no place, so that `'absoluteTransform' in page` is false as in Figma. */
function shows(node: SimulatedNode, key: string | symbol) {
  const placed = [
    'absoluteTransform',
    'relativeTransform',
    'absoluteBoundingBox',
    'width',
    'height',
    'x',
    'y',
  ];
  const isPlace = node.type === 'PAGE' || node.type === 'DOCUMENT';
  return key in node && !(isPlace && placed.includes(String(key)));
}

/** What the simulator has of the API's top. */
export type SimulatedApi = Pick<
  PluginAPI,
  | 'createEllipse'
  | 'createLine'
  | 'createFrame'
  | 'createRectangle'
  | 'createPolygon'
  | 'createStar'
  | 'createVector'
  | 'createComponent'
  | 'group'
  | 'flatten'
  | 'createImage'
  | 'getImageByHash'
  | 'commitUndo'
  | 'triggerUndo'
  | 'clientStorage'
  | 'apiVersion'
  | 'editorType'
  | 'command'
  | 'parameters'
  | 'root'
  | 'currentPage'
  | 'setCurrentPageAsync'
  | 'createPage'
  | 'createText'
  | 'loadFontAsync'
  | 'listAvailableFontsAsync'
  | 'getNodeByIdAsync'
  | 'viewport'
  | 'notify'
  | 'openExternal'
  | 'on'
  | 'off'
  | 'ui'
  | 'showUI'
>;

/** The iframe's end of the message bridge. */
export interface SimulatedUi {
  /** As `parent.postMessage({ pluginMessage }, '*')`. */
  send(message: unknown): void;
  receive(listener: (message: unknown) => void): () => void;
  /** What the plugin gave to `showUI`. */
  readonly html: string | undefined;
  /** As `showUI` and `ui.resize` set it. */
  readonly size: { readonly width: number; readonly height: number };
  /** Messages with more bytes throw: how much Figma's bridge carries is not documented. */
  limitBytes(bytes: number): void;
}

export interface FigmaSimulator {
  readonly figma: SimulatedApi;
  /** The one that is shown. */
  readonly page: PageNode;
  readonly pages: readonly PageNode[];
  /** A person's hands: a further page, which no plug-in has loaded. */
  addPage(name: string): PageNode;
  /** A person's click on a page's name. */
  showPage(page: PageNode): Promise<void>;
  readonly ui: SimulatedUi;
  readonly notifications: string[];
  readonly openedLinks: string[];
  /** Sends `nodechange` for what was changed, until nothing changes any more. @returns how many rounds it took */
  settle(): number;
  /** Acts as the person at the canvas, who may change what plugins may not. */
  byHand(work: () => void): void;
  /** As Figma's "Flip horizontal": mirrors around the middle of the node. */
  flip(node: SceneNode): void;
  /** Clicks. */
  select(nodes: readonly SceneNode[]): void;
  /** As the person's key. */
  undo(): void;
  readonly undoSteps: number;
  forgetUndo(): void;
  /** How often somebody reached for something of a node. */
  readonly calls: number;
  /** Another one whenever something was changed, selected or shown. */
  readonly version: number;
  /** The next call of that name throws; or the one after so many that go well. */
  failNext(call: 'appendChild', after?: number): void;
  /** "For plugins with parameters, this happens after all parameters have been enter[ed]. For all other plugins ... immediately" */
  run(start: { readonly command: string; readonly parameters?: Readonly<Record<string, unknown>> }): void;
  /** Types into the quick-action box. @returns what the plug-in suggests */
  type(key: string, query: string, parameters?: Readonly<Record<string, unknown>>): readonly unknown[];
  /** Closes the plugin: whoever listens to `close` hears of it. */
  close(): void;
}

type Listener = (...given: unknown[]) => void;

export function figmaSimulator(): FigmaSimulator {
  const document = new SimulatedFigma();
  const own = (node: unknown) => document.real(node as SimulatedNode);
  const listeners = new Map<string, Set<Listener>>();
  const tell = (event: string, ...given: unknown[]) => {
    for (const listener of [...(listeners.get(event) ?? [])]) listener(...given);
  };
  const onInput = new Set<Listener>();
  const toMain = new Set<Listener>();
  const toUi = new Set<Listener>();
  const notifications: string[] = [];
  const openedLinks: string[] = [];
  let html: string | undefined;
  let mostBytes = Number.POSITIVE_INFINITY;
  /** Both ways messages are copies, and arrive later. */
  const post = (listenersThere: ReadonlySet<Listener>, message: unknown) => {
    const copied = figmaClone(message);
    if (bytesIn(copied) > mostBytes)
      throw new Error(`A message of more than ${mostBytes} bytes does not arrive.`);
    setTimeout(() => {
      for (const listener of [...listenersThere]) listener(copied, { origin: 'null' });
    }, 0);
  };
  document.onSelect = (page) => {
    document.version++;
    if (page === document.current) tell('selectionchange');
  };
  const show = async (page: SimulatedNode) => {
    await page.loadAsync();
    if (page === document.current) return;
    document.current = page;
    document.version++;
    tell('currentpagechange');
    tell('selectionchange');
  };
  const view = { center: { x: 0, y: 0 }, zoom: 1 };
  const size = { width: 300, height: 200 };
  let onMessage: Listener | undefined;
  const api = {
    createEllipse: () => document.create('ELLIPSE'),
    createLine: () => document.create('LINE'),
    createFrame: () => document.create('FRAME'),
    createRectangle: () => document.create('RECTANGLE'),
    createPolygon: () => document.create('POLYGON'),
    createStar: () => document.create('STAR'),
    createVector: () => document.create('VECTOR'),
    createComponent: () => document.create('COMPONENT'),
    group: (nodes: readonly unknown[], parent: unknown) => {
      // "in group: Cannot group an empty list of nodes".
      if (nodes.length === 0)
        throw new Error('in group: First argument must be an array of at least one node');
      const group = document.create('GROUP');
      const real = own(group);
      own(parent).adopt(real);
      for (const node of nodes) {
        if (own(node).parentReal !== own(parent))
          throw new Error('not simulated: grouping from another parent');
        real.adopt(own(node));
      }
      return group;
    },
    flatten: (nodes: readonly unknown[], parent: unknown) => {
      const [first] = nodes.map(own);
      const { name } = first;
      // The box around all of them, in the axes that their places are measured in.
      const corners = nodes
        .map(own)
        .flatMap(({ relativeTransform: at, width, height }) => [
          apply(at, 0, 0),
          apply(at, width, 0),
          apply(at, 0, height),
          apply(at, width, height),
        ]);
      const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      const vector = document.create('VECTOR');
      own(parent).adopt(own(vector));
      own(vector).place(
        [
          [1, 0, left],
          [0, 1, top],
        ],
        [Math.max(...xs) - left, Math.max(...ys) - top],
      );
      const { width, height } = vector;
      vector.vectorPaths = [
        { windingRule: 'NONZERO', data: `M 0 0 L ${width} 0 L ${width} ${height} L 0 ${height} Z` },
      ];
      vector.name = name;
      for (const node of nodes) own(node).remove();
      return vector;
    },
    createImage: (data: Uint8Array) => document.images.create(data),
    getImageByHash: (hash: string) => document.images.handle(hash),
    commitUndo: () => document.commitUndo(),
    triggerUndo: () => document.revert(),
    clientStorage: simulatedStorage(),
    apiVersion: '1.0.0',
    editorType: 'figma',
    command: '',
    parameters: {
      on: (_: 'input', listener: Listener) => void onInput.add(listener),
      off: (_: 'input', listener: Listener) => void onInput.delete(listener),
    },
    root: document.root.seen,
    get currentPage() {
      return document.current.seen;
    },
    /** "If the manifest contains dynamic-page, this property is read-only" (typings, `currentPage`). */
    set currentPage(_page: SimulatedNode) {
      throw new Error(
        'in set_currentPage: Cannot call with documentAccess: dynamic-page. Use figma.setCurrentPageAsync instead.',
      );
    },
    setCurrentPageAsync: (page: unknown) => show(own(page)),
    createPage: () => {
      const made = document.addPage(`Page ${document.root.children.length + 1}`);
      // Its maker knows what is in it: nothing.
      void made.loadAsync();
      return made.seen;
    },
    createText: () => document.create('TEXT'),
    loadFontAsync: async (font: SimulatedFont) => document.fonts.load(font),
    listAvailableFontsAsync: async () => document.fonts.list(),
    getNodeByIdAsync: async (id: string) => {
      const node = document.everyone.find((one) => one.id === id && !one.removed);
      // Detached nodes are in no document.
      for (let at = node ?? null; at; at = at.parentReal) if (at === document.root) return node?.seen ?? null;
      return null;
    },
    viewport: {
      get center() {
        return { ...view.center };
      },
      set center({ x, y }: { readonly x: number; readonly y: number }) {
        view.center = { x, y };
      },
      get zoom() {
        return view.zoom;
      },
      set zoom(zoom: number) {
        view.zoom = zoom;
      },
      /** "Automatically sets the viewport so that the nodes are visible on the screen"; the zoom stays here. */
      scrollAndZoomIntoView: (nodes: readonly unknown[]) => {
        const boxes = nodes.map((node) => own(node).absoluteBoundingBox).filter((box) => box !== null);
        if (boxes.length === 0) return;
        const middle = (from: 'x' | 'y', side: 'width' | 'height') =>
          (Math.min(...boxes.map((box) => box[from])) +
            Math.max(...boxes.map((box) => box[from] + box[side]))) /
          2;
        view.center = { x: middle('x', 'width'), y: middle('y', 'height') };
      },
    },
    notify: (text: string) => {
      if (typeof text !== 'string' || text.length === 0 || text.length > 100)
        throw new Error('in notify: Expected "message" to have 1 to 100 characters');
      notifications.push(text);
      return { cancel: () => undefined };
    },
    openExternal: (url: string) => void openedLinks.push(url),
    on: (event: string, listener: Listener) => {
      if (!['selectionchange', 'currentpagechange', 'close', 'run'].includes(event))
        throw new Error(`not simulated: on ${event}`);
      listeners.set(event, (listeners.get(event) ?? new Set()).add(listener));
    },
    off: (event: string, listener: Listener) => void listeners.get(event)?.delete(listener),
    showUI: (
      given: string,
      { width = 300, height = 200 }: { readonly width?: number; readonly height?: number } = {},
    ) => {
      // "The minimum size is 70x0".
      if (width < 70) throw new Error('in showUI: Expected "width" to have value >= 70');
      html = given;
      Object.assign(size, { width, height });
    },
    ui: {
      resize: (width: number, height: number) => {
        // "The minimum size is 70x0".
        if (width < 70) throw new Error('in resize: Expected "width" to have value >= 70');
        Object.assign(size, { width, height });
      },
      /** One listener that stands for `on('message')`. */
      get onmessage() {
        return onMessage;
      },
      set onmessage(listener: Listener | undefined) {
        if (onMessage) toMain.delete(onMessage);
        onMessage = listener;
        if (listener) toMain.add(listener);
      },
      postMessage: (message: unknown) => post(toUi, message),
      on: (_: 'message', listener: Listener) => void toMain.add(listener),
      off: (_: 'message', listener: Listener) => void toMain.delete(listener),
    },
  };
  const strict = new Proxy(api, {
    get: (target, key) => {
      if (key in target) return Reflect.get(target, key);
      throw new TypeError(`not simulated: figma.${String(key)}`);
    },
  });
  return {
    figma: strict as unknown as SimulatedApi,
    get page() {
      return document.current.seen as unknown as PageNode;
    },
    get pages() {
      return document.root.children as unknown as readonly PageNode[];
    },
    addPage: (name) => document.addPage(name).seen as unknown as PageNode,
    showPage: (page) => show(own(page)),
    ui: {
      send: (message) => post(toMain, message),
      receive: (listener) => {
        toUi.add(listener);
        return () => toUi.delete(listener);
      },
      get html() {
        return html;
      },
      size,
      limitBytes: (bytes) => {
        mostBytes = bytes;
      },
    },
    notifications,
    openedLinks,
    settle: () => {
      for (let round = 0; round < 10; round++) if (document.deliver() === 0) return round;
      throw new Error('The document does not come to rest: a listener answers its own changes.');
    },
    byHand: (work) => {
      document.isPerson = true;
      try {
        work();
      } finally {
        document.isPerson = false;
      }
    },
    flip: (given) => {
      const node = own(given);
      node.relativeTransform = compose(node.relativeTransform, [
        [-1, 0, node.width],
        [0, 1, 0],
      ]);
    },
    select: (nodes) => {
      document.current.selection = nodes.map(own);
    },
    undo: () => document.undo(),
    get undoSteps() {
      return document.undoSteps;
    },
    forgetUndo: () => document.forgetUndo(),
    get calls() {
      return document.calls;
    },
    get version() {
      return document.version;
    },
    failNext: (call, after) => document.failNext(call, after),
    run: ({ command, parameters }) => {
      api.command = command;
      tell('run', { command, parameters });
    },
    type: (key, query, parameters = {}) => {
      let suggested: readonly unknown[] = [];
      const result = {
        setSuggestions: (given: readonly unknown[]) => {
          suggested = given;
        },
        setError: (words: string) => {
          throw new Error(words);
        },
        setLoadingMessage: () => undefined,
      };
      for (const listener of [...onInput]) listener({ key, query, parameters, result });
      return suggested;
    },
    close: () => tell('close'),
  };
}

function bytesIn(value: unknown): number {
  if (Object.prototype.toString.call(value) === '[object Uint8Array]') return (value as Uint8Array).length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, one) => sum + bytesIn(one), 0);
}

function copy([[a, c, e], [b, d, f]]: Transform): Transform {
  return [
    [a, c, e],
    [b, d, f],
  ];
}
function compose([[a, c, e], [b, d, f]]: Transform, [[p, r, t], [q, s, u]]: Transform): Transform {
  return [
    [a * p + c * q, a * r + c * s, a * t + c * u + e],
    [b * p + d * q, b * r + d * s, b * t + d * u + f],
  ];
}
function determinant([[a, c], [b, d]]: Transform) {
  return a * d - b * c;
}
function invert(t: Transform): Transform {
  const [[a, c, e], [b, d, f]] = t;
  const det = determinant(t);
  return [
    [d / det, -c / det, (c * f - d * e) / det],
    [-b / det, a / det, (b * e - a * f) / det],
  ];
}
function apply([[a, c, e], [b, d, f]]: Transform, x: number, y: number): readonly [number, number] {
  return [a * x + c * y + e, b * x + d * y + f];
}
