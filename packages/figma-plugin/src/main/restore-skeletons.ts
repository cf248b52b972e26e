import { mapPose } from '@stable-pose/core/pose';
import { apply } from './affine.ts';
import { drawSkeletonNodes } from './draw-skeleton-nodes.ts';
import type { Container, Placing } from './figma.ts';
import { isInInstance, wayBetween } from './node-place.ts';
import { readSkeletonsIn } from './read-skeletons.ts';
import type { Steps } from './slices.ts';
import { lineWidthOn, type WorkPlace } from './work-place.ts';

/**
 * Draws flattened skeletons anew from what plugin data kept of them, in place of what was left: one undo step.
 * @returns how many
 */
export function* restoreSkeletons(figma: Placing, place: WorkPlace): Steps<number> {
  if (place.kind === 'nothing') return 0;
  const { canvas } = place;
  figma.commitUndo();
  let count = 0;
  for (const node of place.kind === 'canvas' ? [canvas] : place.nodes) {
    const read = yield* readSkeletonsIn(node, { frame: canvas });
    for (const { root, pose, isFlattened } of read) {
      const { parent } = root;
      if (!isFlattened || pose === undefined || parent === null || isInInstance(root)) continue;
      const holder = parent as Container;
      const way = wayBetween(canvas, holder);
      drawSkeletonNodes(
        figma,
        mapPose(pose, (x, y) => apply(way, [x, y])),
        holder,
        { name: root.name, lineWidth: lineWidthOn(canvas) },
      ).setRelaunchData({ again: '' });
      root.remove();
      count++;
      yield;
    }
  }
  figma.commitUndo();
  return count;
}
