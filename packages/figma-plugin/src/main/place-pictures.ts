import { StablePoseError } from '@stable-pose/core/errors';
import { mapPose, type Pose } from '@stable-pose/core/pose';
import type { Given } from '../messages/figma-messages.ts';
import type { Wish } from '../messages/serve-calls.ts';
import { apply, compose } from './affine.ts';
import { drawSkeletonNodes } from './draw-skeleton-nodes.ts';
import type { Container, Drawing, FrameNode, Paint, Placing, RectangleNode, SceneNode } from './figma.ts';
import { keepFormer, showPicture } from './former-pictures.ts';
import { isSamePose } from './is-same-pose.ts';
import { isInInstance, measureOf, wayBetween } from './node-place.ts';
import { peopleOn } from './people-on.ts';
import { notePlaced, placedKey, placedPicture } from './placed-note.ts';
import { readPeople } from './read-skeletons.ts';
import type { Steps } from './slices.ts';
import { layBeside, standsOnPage } from './variant-row.ts';
import { isFrame, lineWidthOn, obstacleOf, type WorkPlace } from './work-place.ts';

type Picture = Given<'place'>['pictures'][number];

/** Skeletons to keep; those that are there and are none of these go. */
export interface KeptPoses {
  readonly poses: readonly Pose[];
  readonly isVisible: boolean;
}

interface Wanted {
  readonly pictures: readonly Picture[];
  readonly poses?: KeptPoses;
  /** The selected shape only said where. */
  readonly hidesShape?: boolean;
}

/**
 * Pictures as image fills of rectangles, and skeletons above them: one undo step, whole or not at all. Selection and view stay.
 * @returns ids of the rectangles
 * @throws not-supported, host-target-gone, cancelled; what Figma throws
 */
export function* placeIntoFigma(
  figma: Placing,
  place: WorkPlace,
  { pictures, poses, hidesShape = false }: Wanted,
  wish: Wish,
): Steps<readonly string[]> {
  const obstacle = obstacleOf(place);
  if (obstacle !== undefined) throw new StablePoseError('not-supported', obstacle);
  wish.throwIfCancelled();
  // What was moved along with joints since the last step is a step of its own.
  figma.commitUndo();
  const change = new Change(figma);
  try {
    if (place.kind === 'nothing' && pictures.length === 0) {
      throw new StablePoseError('not-supported', 'People need a frame to stand in.', {
        remedy: 'Select a frame.',
      });
    }
    const canvas = place.kind === 'nothing' ? change.newFrame(place.page, pictures) : place.canvas;
    const isRow = pictures.length > 1 && standsOnPage(canvas) && pictures.every(({ replace }) => !replace);
    const ids: string[] = [];
    for (const [i, picture] of Array.from(pictures.entries())) {
      const own = isRow && i > 0 ? change.frameBeside(canvas, i + 1) : canvas;
      ids.push(change.place(picture, own));
      yield;
    }
    if (poses) yield* change.drawPoses(place, canvas, poses);
    if (place.kind === 'shape' && hidesShape) change.hidePlainShape(place.nodes[0]);
    change.finish();
    figma.commitUndo();
    return ids;
  } catch (error) {
    change.takeBack();
    throw error;
  }
}

/** Of a frame that is made where nothing is selected. */
export const newFrameName = 'Stable-Pose';

/** What was made, so that it can be taken back. */
class Change {
  private readonly figma: Placing;
  private readonly made: SceneNode[] = [];
  private readonly undo: (() => void)[] = [];
  private replaced: readonly SceneNode[] = [];

  constructor(figma: Placing) {
    this.figma = figma;
  }

  newFrame(page: Container, pictures: readonly Picture[]): SceneNode {
    const right = Math.max(...pictures.map(({ area }) => area.x + area.width), 1);
    const bottom = Math.max(...pictures.map(({ area }) => area.y + area.height), 1);
    const frame = this.keep(this.figma.createFrame());
    page.appendChild(frame);
    frame.name = newFrameName;
    frame.resize(right, bottom);
    const { x, y } = this.figma.viewport.center;
    frame.x = Math.round(x - right / 2);
    frame.y = Math.round(y - bottom / 2);
    return frame;
  }

  frameBeside(first: FrameNode, number: number): FrameNode {
    const frame = this.keep(this.figma.createFrame());
    layBeside(frame, first, number);
    return frame;
  }

  place(picture: Picture, canvas: SceneNode): string {
    const { hash } = this.figma.createImage(picture.png);
    if (picture.replace !== undefined) return this.refill(picture, hash, canvas, picture.replace);
    const { area, name, metadata } = picture;
    const rectangle = this.keep(this.figma.createRectangle());
    const parent = holderOf(canvas);
    parent.appendChild(rectangle);
    if ('layoutMode' in parent && (parent as { layoutMode: string }).layoutMode !== 'NONE') {
      rectangle.layoutPositioning = 'ABSOLUTE';
    }
    rectangle.name = name;
    rectangle.resize(area.width, area.height);
    rectangle.relativeTransform = compose(wayBetween(canvas, measureOf(rectangle)), [
      [1, 0, area.x],
      [0, 1, area.y],
    ]);
    rectangle.fills = [paintOf(hash, picture, area)];
    notePlaced(rectangle, metadata);
    return rectangle.id;
  }

  *drawPoses(place: WorkPlace, canvas: SceneNode, { poses, isVisible }: KeptPoses): Steps<void> {
    const parent = holderOf(canvas);
    const standing = new Map<SceneNode, Pose | undefined>();
    const roots = place.kind === 'skeleton' ? place.nodes : yield* peopleOn(canvas);
    // What stands in an instance can neither be moved nor taken away.
    const own = roots.filter((root) => !isInInstance(root));
    const read = yield* readPeople(own, canvas);
    for (const { root, pose, isFlattened, isReflected } of read) {
      const isTheirs = !isFlattened && !isReflected && root.parent?.id === parent.id;
      standing.set(root, isTheirs ? pose : undefined);
    }
    const lineWidth = lineWidthOn(canvas);
    const recording: Drawing = {
      createLine: () => this.keep(this.figma.createLine()),
      createEllipse: () => this.keep(this.figma.createEllipse()),
      group: (nodes, holder) => this.keep(this.figma.group(nodes, holder)),
    };
    const way = wayBetween(canvas, parent);
    for (const [i, pose] of Array.from(poses.entries())) {
      if (!pose.keypoints.some(([, , confidence]) => confidence > 0)) continue;
      // People may have deleted some during a rest.
      const same = Array.from(standing).find(
        ([root, one]) => !root.removed && one !== undefined && isSamePose(one, pose),
      );
      if (same) {
        // Whoever stands there already stays, with name and place in the file, in front of the pictures.
        standing.delete(same[0]);
        this.show(same[0], isVisible);
        this.toFront(same[0], parent);
        continue;
      }
      const inParent = mapPose(pose, (x, y) => apply(way, [x, y]));
      const group = drawSkeletonNodes(recording, inParent, parent, { name: `Person ${i + 1}`, lineWidth });
      group.visible = isVisible;
      group.setRelaunchData({ again: '', open: '' });
      yield;
    }
    this.replaced = Array.from(standing.keys());
  }

  /**
   * Below its picture the shape would shine through at the rim. One with strokes or effects is part of a design and stays.
   */
  hidePlainShape(shape: SceneNode): void {
    const isPlain = (key: 'strokes' | 'effects') => {
      const list = (shape as Partial<Record<typeof key, readonly unknown[]>>)[key];
      return !Array.isArray(list) || list.length === 0;
    };
    if ('fills' in shape && isPlain('strokes') && isPlain('effects')) this.show(shape, false);
  }

  /** Nothing of it throws once it began: removal comes last. */
  finish(): void {
    for (const node of this.replaced) if (!node.removed) node.remove();
  }

  takeBack(): void {
    for (const back of this.undo.reverse()) back();
    // In their order: a group goes by itself with its last child.
    for (const node of this.made) if (!node.removed) node.remove();
  }

  private keep<T extends SceneNode>(node: T): T {
    this.made.push(node);
    return node;
  }

  private show(node: SceneNode, isVisible: boolean): void {
    if (node.visible === isVisible) return;
    node.visible = isVisible;
    this.undo.push(() => {
      node.visible = !isVisible;
    });
  }

  private toFront(node: SceneNode, parent: Container): void {
    const { children } = parent;
    const { id } = node;
    // People stand in front: from the back, every layer would be a way into Figma.
    let index = children.length - 1;
    while (index >= 0 && children[index].id !== id) index--;
    if (index === children.length - 1) return;
    parent.appendChild(node);
    this.undo.push(() => parent.insertChild(index, node));
  }

  private refill(picture: Picture, hash: string, canvas: SceneNode, id: string): string {
    const old = findRectangle(canvas, id);
    const { fills, name } = old;
    const { width, height } = old;
    const noted = placedPicture(old);
    const before = keepFormer(old);
    this.undo.push(() => {
      old.fills = fills;
      old.name = name;
      before();
      if (noted) notePlaced(old, noted.metadata);
    });
    showPicture(old, paintOf(hash, picture, { width, height }), picture.metadata);
    old.name = picture.name;
    return id;
  }
}

/** Filled to its box where it has the box's shape, as people's own pictures are; else stretched. */
function paintOf(
  imageHash: string,
  picture: { readonly width: number; readonly height: number },
  box: { readonly width: number; readonly height: number },
): Paint {
  const isAlike =
    Math.abs(picture.width * box.height - picture.height * box.width) < 1e-6 * box.width * box.height;
  if (isAlike) return { type: 'IMAGE', scaleMode: 'FILL', imageHash };
  const imageTransform = [
    [1, 0, 0],
    [0, 1, 0],
  ] as const;
  return {
    type: 'IMAGE',
    scaleMode: 'CROP',
    imageHash,
    imageTransform: [[...imageTransform[0]], [...imageTransform[1]]],
  };
}

/** Into a frame, or beside what is no frame. */
function holderOf(canvas: SceneNode): Container {
  const holder = isFrame(canvas) ? canvas : canvas.parent;
  if (holder !== null && 'appendChild' in holder) return holder as Container;
  throw new StablePoseError('not-supported', `Nothing can be added beside "${canvas.name}".`, {
    remedy: 'Select a frame.',
  });
}

/** Figma looks for what we placed by itself: a frame may have thousands of layers. */
function findRectangle(canvas: SceneNode, id: string): RectangleNode {
  const placed = holderOf(canvas).findAllWithCriteria({
    types: ['RECTANGLE'],
    pluginData: { keys: [placedKey] },
  });
  const found = placed.find((one) => one.id === id);
  if (found) return found;
  throw new StablePoseError('host-target-gone', 'The picture to refill is no longer in the frame.', {
    remedy: 'Place it as a new one.',
  });
}
