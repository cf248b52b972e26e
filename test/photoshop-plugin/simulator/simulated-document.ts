import { type Raster, type Rectangle, raster } from '@stable-pose/core';
import type { ImagingBounds } from '../../../packages/photoshop-plugin/src/photoshop/imaging.ts';
import { stricter } from './refusals.ts';
import { toSrgb } from './simulated-colour.ts';

/** Samples as the document keeps them; alpha, where there is one, is the last component. Never changed in place. */
export interface SimulatedImage {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly hasAlpha: boolean;
  readonly data: Uint8Array | Uint16Array | Float32Array;
}

/** A vector mask filled with one colour. Document pixels. */
export interface SimulatedShape {
  /** What the path has as anchors. */
  readonly anchors: readonly (readonly [number, number])[];
  /** What it covers: a polygon. */
  readonly outline: readonly (readonly [number, number])[];
  /** sRGB, 0 to 255. */
  readonly colour: readonly [number, number, number];
}

export interface SimulatedLayer {
  readonly id: number;
  readonly name: string;
  /** `pixel` when absent. */
  readonly kind?: 'pixel' | 'group' | 'solidColor' | 'smartObject';
  /** The group that it lies in. */
  readonly parent?: number;
  readonly shape?: SimulatedShape;
  /** A group that is an artboard. */
  readonly artboard?: Rectangle;
  readonly isVisible: boolean;
  readonly left: number;
  readonly top: number;
  /** Absent: an empty layer. */
  readonly image?: SimulatedImage;
  readonly mask?: { readonly left: number; readonly top: number; readonly raster: Raster };
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What history keeps. From front to back among those of one group; a group may stand anywhere in the list. */
export interface SimulatedState {
  readonly layers: readonly SimulatedLayer[];
  readonly activeIds: readonly number[];
}

export interface SimulatedSelection {
  readonly area: Rectangle;
  readonly mask?: Raster;
}

const componentChannels: Readonly<Record<string, readonly string[]>> = {
  RGBColorMode: ['Red', 'Green', 'Blue'],
  grayscaleMode: ['Gray'],
  labColorMode: ['Lightness', 'a', 'b'],
  CMYKColorMode: ['Cyan', 'Magenta', 'Yellow', 'Black'],
};

export class SimulatedDocument {
  readonly id: number;
  readonly name: string;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly mode: string;
  readonly depth: 8 | 16 | 32;
  /** Pixels per inch. */
  resolution = 300;
  readonly history: { readonly name: string; readonly before: SimulatedState }[] = [];
  state: SimulatedState = { layers: [], activeIds: [] };
  selection: SimulatedSelection | undefined;
  /** Names of the channels that people chose; all of the document's own is the usual. */
  activeChannels: readonly string[];
  /** While history is suspended: what it was, and what history does not keep. */
  suspension:
    | {
        readonly name: string;
        readonly before: SimulatedState;
        readonly selection: SimulatedSelection | undefined;
        readonly activeChannels: readonly string[];
      }
    | undefined;

  constructor(
    id: number,
    canvas: SimulatedDocument['canvas'],
    mode: string,
    depth: 8 | 16 | 32,
    name = `Document ${id}`,
  ) {
    this.name = name;
    this.id = id;
    this.canvas = canvas;
    this.mode = mode;
    this.depth = depth;
    this.activeChannels = componentChannels[mode] ?? [];
  }

  /** Whoever chooses or makes a layer works on all of its channels. */
  targetComposite(): void {
    this.activeChannels = componentChannels[this.mode] ?? [];
  }

  change(name: string, state: SimulatedState): void {
    if (!this.suspension) this.history.push({ name, before: this.state });
    this.state = state;
  }

  layer(id: number): SimulatedLayer {
    const layer = this.state.layers.find((one) => one.id === id);
    if (!layer) throw stricter(`The layer ${id} is not in the document.`);
    return layer;
  }

  changeLayer(name: string, id: number, more: Partial<SimulatedLayer>): void {
    this.layer(id);
    const layers = this.state.layers.map((layer) => (layer.id === id ? { ...layer, ...more } : layer));
    this.change(name, { ...this.state, layers });
  }

  childrenOf(parent: number | undefined): readonly SimulatedLayer[] {
    return this.state.layers.filter((layer) => layer.parent === parent);
  }

  /** What has pixels and is shown, from front to back. */
  shown(parent?: number): readonly SimulatedLayer[] {
    return this.childrenOf(parent)
      .filter(({ isVisible }) => isVisible)
      .flatMap((layer) => (layer.kind === 'group' ? this.shown(layer.id) : [layer]));
  }

  boundsOf(layer: SimulatedLayer): ImagingBounds {
    if (layer.artboard) {
      const { x, y, width, height } = layer.artboard;
      return { left: x, top: y, right: x + width, bottom: y + height };
    }
    if (layer.kind !== 'group') return layerBounds(layer);
    const inner = this.childrenOf(layer.id)
      .map((child) => this.boundsOf(child))
      .filter(({ left, right }) => right > left);
    if (inner.length === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
    return {
      left: Math.min(...inner.map(({ left }) => left)),
      top: Math.min(...inner.map(({ top }) => top)),
      right: Math.max(...inner.map(({ right }) => right)),
      bottom: Math.max(...inner.map(({ bottom }) => bottom)),
    };
  }

  /** RGBA, 8 bits in sRGB, of the layers that are shown, or of one layer without its mask. */
  render(bounds: ImagingBounds, only?: SimulatedLayer): Raster {
    const width = bounds.right - bounds.left;
    const out = raster(width, bounds.bottom - bounds.top, 4);
    const layers = only ? [only] : [...this.shown()].reverse();
    // Unrounded, so that layers that blend are rounded once.
    const colours = new Float64Array(out.data.length);
    for (const layer of layers) this.blend(layer, bounds, colours, only === undefined);
    for (let i = 0; i < colours.length; i++) out.data[i] = Math.round(colours[i] * 255);
    return out;
  }

  private blend(layer: SimulatedLayer, view: ImagingBounds, colours: Float64Array, isMasked: boolean): void {
    const own = layerBounds(layer);
    const width = view.right - view.left;
    const board = this.artboardOf(layer);
    const [left, top] = [Math.max(view.left, own.left), Math.max(view.top, own.top)];
    const [right, bottom] = [Math.min(view.right, own.right), Math.min(view.bottom, own.bottom)];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        if (
          board &&
          (x < board.x || y < board.y || x >= board.x + board.width || y >= board.y + board.height)
        ) {
          continue;
        }
        const seen = this.sample(layer, x, y, isMasked);
        if (seen === undefined || seen.alpha === 0) continue;
        const at = 4 * ((y - view.top) * width + x - view.left);
        const under = colours[at + 3] * (1 - seen.alpha);
        const sum = seen.alpha + under;
        for (let c = 0; c < 3; c++) {
          colours[at + c] = (seen.colour[c] * seen.alpha + colours[at + c] * under) / sum;
        }
        colours[at + 3] = sum;
      }
    }
  }

  private artboardOf({ parent }: SimulatedLayer): Rectangle | undefined {
    const above = parent === undefined ? undefined : this.layer(parent);
    return above && (above.artboard ?? this.artboardOf(above));
  }

  private sample({ image, shape, mask, left, top }: SimulatedLayer, x: number, y: number, isMasked: boolean) {
    const shown = !mask || !isMasked ? 1 : maskAt(mask, x, y) / 255;
    if (shape) {
      const colour = shape.colour.map((value) => value / 255);
      return { colour, alpha: coverage(shape.outline, x, y) * shown };
    }
    if (!image || x < left || y < top || x >= left + image.width || y >= top + image.height) return undefined;
    const at = ((y - top) * image.width + x - left) * image.components;
    const colours = image.components - (image.hasAlpha ? 1 : 0);
    const full = this.depth === 8 ? 255 : this.depth === 16 ? 32768 : 1;
    const alpha = (image.hasAlpha ? image.data[at + colours] / full : 1) * shown;
    const samples = [image.data[at], image.data[at + 1], image.data[at + 2]].slice(0, colours);
    return { colour: toSrgb(this.mode, this.depth, samples), alpha };
  }
}

/** How much of a pixel a polygon covers, by nine samples. */
function coverage(outline: SimulatedShape['outline'], x: number, y: number): number {
  let inside = 0;
  for (const dy of [1 / 6, 1 / 2, 5 / 6])
    for (const dx of [1 / 6, 1 / 2, 5 / 6]) inside += isInside(outline, x + dx, y + dy) ? 1 : 0;
  return inside / 9;
}

function isInside(outline: SimulatedShape['outline'], x: number, y: number): boolean {
  let isIn = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [[ax, ay], [bx, by]] = [outline[i], outline[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
  }
  return isIn;
}

/** A new mask hides what its data do not reach. */
function maskAt(
  { left, top, raster: { width, height, data } }: NonNullable<SimulatedLayer['mask']>,
  x: number,
  y: number,
) {
  const [column, row] = [x - left, y - top];
  return column < 0 || row < 0 || column >= width || row >= height ? 0 : data[row * width + column];
}

export function layerBounds({ left, top, image, shape }: SimulatedLayer): ImagingBounds {
  if (shape) {
    const [xs, ys] = [shape.outline.map(([x]) => x), shape.outline.map(([, y]) => y)];
    return {
      left: Math.floor(Math.min(...xs)),
      top: Math.floor(Math.min(...ys)),
      right: Math.ceil(Math.max(...xs)),
      bottom: Math.ceil(Math.max(...ys)),
    };
  }
  if (!image) return { left: 0, top: 0, right: 0, bottom: 0 };
  return { left, top, right: left + image.width, bottom: top + image.height };
}

/** The smallest part in which a picture has anything; undefined when it is empty. */
export function contentOf(
  width: number,
  height: number,
  isThere: (index: number) => boolean,
): ImagingBounds | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isThere(y * width + x)) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom } : undefined;
}
