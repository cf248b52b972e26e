import { limbs as limbTable } from '@stable-pose/core/pose';
import { centre, layLine } from './draw-skeleton-nodes.ts';
import type { Container, NodeChangeEvent, PageNode, SceneNode } from './figma.ts';
import { type FoundSkeleton, findSkeletons } from './find-skeletons.ts';
import { endsIn, isInInstance, measureOf, middleIn } from './node-place.ts';
import { samePlace, settleJoints } from './settle-joints.ts';
import { partOf } from './skeleton-parts.ts';
import { isMarked } from './skeleton-record.ts';

/**
 * Keeps limbs at their joints while people move either. Changes of ours come back as events too; they find everything in
 * its place and end there. Instances are left alone: nothing in them can be moved.
 * @returns ends it
 */
export function followLimbs(page: PageNode): () => void {
  const onChange = ({ nodeChanges }: NodeChangeEvent) => {
    const roots = new Set<SceneNode>();
    for (const { node, type } of nodeChanges) {
      if (type === 'DELETE' || node.removed || partOf(node) === undefined) continue;
      const root = rootOf(node);
      if (root) roots.add(root);
    }
    for (const root of roots) for (const found of findSkeletons(root)) joinLimbs(found);
  };
  page.on('nodechange', onChange);
  return () => page.off('nodechange', onChange);
}

/** Lays every limb of a skeleton between its joints; a limb that was moved alone moves these first. */
export function joinLimbs(found: FoundSkeleton): void {
  if (isInInstance(found.root) || found.root.type === 'INSTANCE') return;
  const frame = measureOf(found.root) as Container;
  const settled = settleJoints(found, frame);
  for (const { node, place } of settled.values()) {
    const [x, y] = middleIn(node, frame);
    if (Math.hypot(place[0] - x, place[1] - y) > samePlace && 'relativeTransform' in node)
      centre(node, place, frame);
  }
  for (const { node, index } of found.limbs) {
    const a = settled.get(limbTable[index].from)?.place;
    const b = settled.get(limbTable[index].to)?.place;
    if (a === undefined || b === undefined) continue;
    const [fromA, toB] = endsIn(node, frame);
    const off = Math.max(
      Math.hypot(fromA[0] - a[0], fromA[1] - a[1]),
      Math.hypot(toB[0] - b[0], toB[1] - b[1]),
    );
    if (off > samePlace) layLine(node, a, b, frame);
  }
}

/** The skeleton that a part belongs to: the nearest marked node above, else its parent. */
function rootOf(node: SceneNode): SceneNode | undefined {
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.type === 'PAGE' || above.type === 'DOCUMENT') break;
    if (isMarked(above)) return above;
  }
  const { parent } = node;
  return parent === null || parent.type === 'PAGE' || parent.type === 'DOCUMENT'
    ? undefined
    : (parent as SceneNode);
}
