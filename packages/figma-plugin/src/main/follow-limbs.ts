import { limbs as limbTable } from '@stable-pose/core/pose';
import { apply } from './affine.ts';
import { centre, layLine } from './draw-skeleton-nodes.ts';
import type { Container, NodeChangeEvent, PageNode, SceneNode } from './figma.ts';
import { type FoundSkeleton, findSkeletons } from './find-skeletons.ts';
import { endsIn, fromPage, isInInstance, measureOf, middleIn, wayBetween } from './node-place.ts';
import { samePlace, settleJoints } from './settle-joints.ts';
import { partOf } from './skeleton-parts.ts';
import { isMarked } from './skeleton-record.ts';
import { nodesAtATime, type Rest, sandboxRest, sliceMs } from './slices.ts';

/**
 * Keeps limbs at their joints while people move either. Changes of ours come back as events too; they find everything in
 * its place and end there. Instances are left alone: nothing in them can be moved.
 * Many at once are brought to rest one after the other, with pauses.
 * @returns ends it
 */
export function followLimbs(page: PageNode, { now, pause }: Rest = sandboxRest): () => void {
  const changed = new Map<string, SceneNode>();
  const roots = new Map<string, SceneNode>();
  let isResting = false;
  let isOver = false;
  const step = (): boolean => {
    for (const [id, node] of Array.from(changed).slice(0, nodesAtATime)) {
      changed.delete(id);
      if (node.removed || partOf(node) === undefined) continue;
      const root = rootOf(node);
      if (root) roots.set(root.id, root);
    }
    if (changed.size > 0) return true;
    for (const [id, root] of Array.from(roots)) {
      roots.delete(id);
      if (!root.removed) for (const found of findSkeletons(root)) joinLimbs(found);
      return roots.size > 0;
    }
    return false;
  };
  const work = () => {
    const begin = now();
    while (step()) {
      if (now() - begin < sliceMs) continue;
      isResting = true;
      void pause().then(() => {
        isResting = false;
        if (!isOver) work();
      });
      return;
    }
  };
  const onChange = ({ nodeChanges }: NodeChangeEvent) => {
    for (const { id, node, type } of nodeChanges) if (type !== 'DELETE') changed.set(id, node as SceneNode);
    if (!isResting) work();
  };
  page.on('nodechange', onChange);
  return () => {
    isOver = true;
    page.off('nodechange', onChange);
  };
}

/** Lays every limb of a skeleton between its joints; a limb that was moved alone moves these first. */
export function joinLimbs(found: FoundSkeleton): void {
  if (isInInstance(found.root) || found.root.type === 'INSTANCE') return;
  const frame = measureOf(found.root) as Container;
  const from = fromPage(frame);
  const settled = settleJoints(found, from, { isExact: true });
  for (const { node, place } of Array.from(settled.values())) {
    const [x, y] = middleIn(node, from);
    if (Math.hypot(place[0] - x, place[1] - y) > samePlace && 'relativeTransform' in node)
      centre(node, place, frame);
  }
  for (const { node, index } of found.limbs) {
    const a = settled.get(limbTable[index].from)?.place;
    const b = settled.get(limbTable[index].to)?.place;
    if (a === undefined || b === undefined) continue;
    const [fromA, toB] = endsIn(node, from);
    const off = Math.max(
      Math.hypot(fromA[0] - a[0], fromA[1] - a[1]),
      Math.hypot(toB[0] - b[0], toB[1] - b[1]),
    );
    if (off <= samePlace) continue;
    const way = wayBetween(frame, measureOf(node));
    layLine(node, apply(way, a), apply(way, b));
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
