import { type Keypoint, keypointNames, mapPose, mirrorPose, type Pose } from '@stable-pose/core/pose';
import { apply, compose, determinant } from './affine.ts';
import type { BaseNode, SceneNode, Transform } from './figma.ts';
import { type FoundSkeleton, gatherSkeleton, skeletonRoots } from './find-skeletons.ts';
import { fromPage, measureOf, toPage } from './node-place.ts';
import { settleJoints } from './settle-joints.ts';
import { carry, readRecord, recordsMore } from './skeleton-record.ts';
import { atOnce, type Steps } from './slices.ts';

/**
 * What a reflection does to a person. `mirror`: left and right change names, so that one seen from the front stays so.
 * `turn`: names stay, so that one seen from the front is seen from the rear.
 */
export type ReflectionReading = 'mirror' | 'turn';

export interface ReadSkeleton {
  readonly root: SceneNode;
  /** In the coordinates of the node that was read. For a flattened skeleton what its record says, or undefined. */
  readonly pose?: Pose;
  /** Its joints are gone; `pose` is what a restored one would be. */
  readonly isFlattened: boolean;
  readonly isReflected: boolean;
  /** In sentences, for people. */
  readonly notes: readonly string[];
}

/** Farther than this, in pixels, a joint was moved by itself, and hands and face no longer fit. */
const sameJoint = 0.5;

/**
 * The people in `node`, whatever was done to their layers: moved, turned, scaled, mirrored, renamed, duplicated, grouped
 * anew, put into components and instances. In one go; {@link readSkeletonsIn} rests in between.
 */
export function readSkeletons(node: BaseNode, options: ReadingOptions = {}): readonly ReadSkeleton[] {
  return atOnce(readSkeletonsIn(node, options));
}

export interface ReadingOptions {
  readonly reflection?: ReflectionReading;
  /** Whose coordinates poses are given in; the node's own when absent. */
  readonly frame?: BaseNode;
}

export function* readSkeletonsIn(
  node: BaseNode,
  { reflection, frame = node }: ReadingOptions = {},
): Steps<readonly ReadSkeleton[]> {
  const roots = yield* skeletonRoots(node);
  return yield* readPeople(roots, frame, reflection);
}

/** Those whose nodes are known. @param frame whose coordinates poses are given in */
export function* readPeople(
  roots: readonly SceneNode[],
  frame: BaseNode,
  reflection: ReflectionReading = 'mirror',
): Steps<readonly ReadSkeleton[]> {
  const back = fromPage(frame);
  const skeletons: ReadSkeleton[] = [];
  for (const root of roots) {
    // People may have deleted it during a rest.
    if (!root.removed) skeletons.push(read(gatherSkeleton(root), back, reflection));
    yield;
  }
  return skeletons;
}

function read(found: FoundSkeleton, back: Transform, reflection: ReflectionReading): ReadSkeleton {
  const { root, joints } = found;
  // Whom the joints tell whole, nobody need look up.
  const recorded = joints.length === 0 || recordsMore(root) ? recordedPose(root, back) : undefined;
  if (joints.length === 0) {
    const rest = recorded
      ? 'It can be restored as it was last drawn.'
      : 'Nothing is left to restore it from.';
    const note = `"${root.name}" was flattened or lost its joints, and cannot be read. ${rest}`;
    return { root, pose: recorded, isFlattened: true, isReflected: false, notes: [note] };
  }
  const notes: string[] = [];
  const settled = settleJoints(found, back);
  if (settled.size < joints.length) {
    notes.push(`"${root.name}" has a joint more than once; the one farther back counts.`);
  }
  const keypoints = keypointNames.map((_, index): Keypoint => {
    const joint = settled.get(index);
    return joint ? [joint.place[0], joint.place[1], joint.confidence] : [0, 0, 0];
  });
  let pose: Pose = { keypoints };
  if (recorded?.hands || recorded?.face) {
    const isAsRecorded = keypoints.every(([x, y, confidence], i) => {
      const [wasX, wasY, was] = recorded.keypoints[i];
      return confidence > 0 === was > 0 && Math.hypot(x - wasX, y - wasY) <= sameJoint;
    });
    if (isAsRecorded) {
      const { hands, face } = recorded;
      pose = { keypoints, ...(hands ? { hands } : {}), ...(face ? { face } : {}) };
    } else
      notes.push(`"${root.name}" was posed anew: its hands and face, which have no layers, are left out.`);
  }
  // Three joints tell whether all were reflected: one or another that people flipped by itself does not count.
  const asked = [joints[0], joints[Math.floor(joints.length / 2)], joints[joints.length - 1]];
  const isReflected = asked.filter(({ node }) => determinant(compose(back, toPage(node))) < 0).length > 1;
  if (isReflected && reflection === 'mirror') {
    // mirrorPose flips and renames; flipped before, what remains is the renaming.
    pose = mirrorPose(
      mapPose(pose, (x, y) => [-x, y]),
      0,
    );
    notes.push(`"${root.name}" is mirrored: left and right changed names.`);
  }
  return { root, pose, isFlattened: false, isReflected, notes };
}

/** The pose of the record where the node lies now, in the coordinates of `frame`. */
function recordedPose(root: SceneNode, back: Transform): Pose | undefined {
  const record = readRecord(root);
  if (record === undefined || !('relativeTransform' in root)) return undefined;
  const move = carry(record, root);
  const way = compose(back, toPage(measureOf(root)));
  return mapPose(record.pose, (x, y) => apply(way, move([x, y])));
}
