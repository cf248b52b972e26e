import { checkPoses, type Pose } from '@stable-pose/core/pose';
import { apply, invert, type Point } from './affine.ts';
import type { SceneNode, Transform } from './figma.ts';

/**
 * What a skeleton's own node remembers of it: the pose as it was last drawn, in the coordinates that the node's
 * `relativeTransform` is measured in, and where the node lay then. From it come hands and face, which have no layers, and
 * the skeleton itself when it was flattened.
 */
export interface SkeletonRecord {
  readonly pose: Pose;
  readonly place: Transform;
  readonly width: number;
  readonly height: number;
}

export const skeletonKey = 'stable-pose.skeleton';

/** The most bytes in an entry of plugin data. Source: Figma's typings, `setPluginData`. */
export const pluginDataBytes = 100_000;

export function isMarked(node: SceneNode): boolean {
  return node.getPluginData(skeletonKey) !== '';
}

/** Writes the record as the node lies now. Plugin data is text; a pose with hands and face is about 10 kB of it. */
export function writeRecord(node: SceneNode, pose: Pose): void {
  const place = node.relativeTransform;
  node.setPluginData(
    skeletonKey,
    JSON.stringify({ version: 1, pose, place, width: node.width, height: node.height }),
  );
}

/** Whether the record has hands or a face, which have no layers: a glance, since reading it takes long. */
export function recordsMore(node: SceneNode): boolean {
  return /"(hands|face)"/.test(node.getPluginData(skeletonKey));
}

/** The record, or undefined where there is none or it cannot be read. */
export function readRecord(node: SceneNode): SkeletonRecord | undefined {
  const text = node.getPluginData(skeletonKey);
  if (text === '') return undefined;
  try {
    const { version, pose, place, width, height } = JSON.parse(text);
    const numbers: unknown[] = [...place[0], ...place[1], width, height];
    if (version !== 1 || numbers.length !== 8 || !numbers.every((n) => Number.isFinite(n))) return undefined;
    return { pose: checkPoses([pose])[0], place, width, height };
  } catch {
    return undefined;
  }
}

/** Where a place of the record lies now that the node was moved, turned, mirrored or scaled as a whole. */
export function carry(record: SkeletonRecord, node: SceneNode): (point: Point) => Point {
  const back = invert(record.place);
  const scaleX = node.width / Math.max(record.width, 0.01);
  const scaleY = node.height / Math.max(record.height, 0.01);
  return (point) => {
    const [x, y] = apply(back, point);
    return apply(node.relativeTransform, [x * scaleX, y * scaleY]);
  };
}
