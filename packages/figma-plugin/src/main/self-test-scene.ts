import type { Pose } from '@stable-pose/core/pose';
import type { Given, Result } from '../messages/figma-messages.ts';
import { drawSkeletonNodes } from './draw-skeleton-nodes.ts';
import type { Figma, FrameNode, PageNode, SceneNode } from './figma.ts';
import { newFrameName } from './place-pictures.ts';
import { lineWidthOn } from './work-place.ts';

const frameName = 'Stable-Pose self-test';
/** Far from whatever people drew. */
const farAway = 100_000;

/** Where people were when the self-test began. */
interface Whereabouts {
  readonly page: PageNode;
  readonly selection: readonly SceneNode[];
  readonly center: { readonly x: number; readonly y: number };
  readonly zoom: number;
}

/** The hands of the self-test in the real document: a frame far away, which goes when it is over, and people are where they were. */
export class SelfTestScene {
  private readonly figma: Figma;
  private whereabouts: Whereabouts | undefined;
  private frame: FrameNode | undefined;
  private other: FrameNode | undefined;
  /** What was on its page before: frames that placing makes where nothing is selected go too. */
  private before: { readonly page: PageNode; readonly ids: ReadonlySet<string> } | undefined;

  constructor(figma: Figma) {
    this.figma = figma;
  }

  open({ width, height, png, poses, isSelected }: Given<'testScene'>): string {
    this.clean();
    this.remember();
    const { figma } = this;
    const page = figma.currentPage;
    this.before = { page, ids: new Set(page.children.map(({ id }) => id)) };
    const frame = figma.createFrame();
    this.frame = frame;
    frame.name = frameName;
    frame.resize(width, height);
    frame.x = farAway;
    frame.y = farAway;
    frame.fills = [];
    if (png !== undefined) {
      const rectangle = figma.createRectangle();
      frame.appendChild(rectangle);
      rectangle.resize(width, height);
      rectangle.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: figma.createImage(png).hash }];
    }
    for (const pose of poses as readonly Pose[])
      drawSkeletonNodes(figma, pose, frame, { name: 'Person', lineWidth: lineWidthOn(frame) });
    this.select(isSelected ? [frame] : []);
    figma.commitUndo();
    return frame.id;
  }

  async act({ act, id }: Given<'testAct'>): Promise<void> {
    const { figma } = this;
    if (act === 'close') this.frame?.remove();
    else if (act === 'clean') this.clean();
    else if (act === 'end') await this.end();
    else if (act === 'elsewhere') {
      this.other = figma.createFrame();
      this.other.x = 2 * farAway;
      this.select([this.other]);
    } else {
      const node = await figma.getNodeByIdAsync(id ?? '');
      this.select(node === null ? [] : [node as SceneNode]);
    }
  }

  /** Nothing of it is left, also when the window is closed in the middle: without a page of people's own to go back to, at once. */
  async end(): Promise<void> {
    this.clean();
    const { figma, whereabouts } = this;
    this.whereabouts = undefined;
    if (whereabouts === undefined || whereabouts.page.removed) return;
    const { page, selection, center, zoom } = whereabouts;
    if (figma.currentPage.id !== page.id) await figma.setCurrentPageAsync(page);
    page.selection = selection.filter(({ removed }) => !removed);
    figma.viewport.center = center;
    figma.viewport.zoom = zoom;
  }

  /** What only Figma can say about itself. */
  async facts(): Promise<Result<'testMain'>> {
    const { figma } = this;
    const frame = figma.createFrame();
    try {
      frame.resize(100, 50);
      const begin = Date.now();
      for (let i = 0; i < readings; i++) void frame.width;
      const readMs = Date.now() - begin;
      frame.rotation = 30;
      const png = await frame.exportAsync({ format: 'PNG', useAbsoluteBounds: true, colorProfile: 'SRGB' });
      // The header of a PNG has its sides at bytes 16 and 20.
      const side = (at: number) => ((png[at] * 256 + png[at + 1]) * 256 + png[at + 2]) * 256 + png[at + 3];
      return {
        apiVersion: String(figma.apiVersion),
        editor: String(figma.editorType),
        hasTimers: typeof setTimeout === 'function',
        hasStructuredClone: typeof structuredClone === 'function',
        microsecondsPerReading: (readMs * 1000) / readings,
        turnedExport: [side(16), side(20)],
        pathsWithoutFill: pathsWithoutFill(figma),
      };
    } finally {
      frame.remove();
    }
  }

  private select(nodes: readonly SceneNode[]): void {
    this.figma.currentPage.selection = nodes as SceneNode[];
  }

  private remember(): void {
    const { currentPage, viewport } = this.figma;
    const { selection } = currentPage;
    this.whereabouts = this.whereabouts ?? {
      page: currentPage,
      selection,
      center: viewport.center,
      zoom: viewport.zoom,
    };
  }

  private clean(): void {
    for (const frame of [this.frame, this.other]) if (frame && !frame.removed) frame.remove();
    const { before } = this;
    if (before && !before.page.removed) {
      for (const node of before.page.children)
        if (node.name === newFrameName && !before.ids.has(node.id)) node.remove();
    }
    this.frame = undefined;
    this.other = undefined;
    this.before = undefined;
  }
}

function pathsWithoutFill(figma: Figma): number {
  const ellipse = figma.createEllipse();
  try {
    ellipse.fills = [];
    return ellipse.fillGeometry.length;
  } finally {
    ellipse.remove();
  }
}

const readings = 5000;
declare const setTimeout: unknown;
declare const structuredClone: unknown;
