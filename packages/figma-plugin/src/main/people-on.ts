import type { Container, SceneNode } from './figma.ts';
import { isSkeleton, skeletonRoots } from './find-skeletons.ts';
import { hasMiddle } from './node-place.ts';
import { skeletonKey } from './skeleton-record.ts';
import { nodesAtATime, type Steps } from './slices.ts';
import { isFrame } from './work-place.ts';

/**
 * The nodes that are the people on a canvas. In a frame these are all in it; over a picture or a shape that lies in no frame those
 * who stand beside it in the layers with their middle inside its box: placing puts them there.
 */
export function* peopleOn(canvas: SceneNode): Steps<readonly SceneNode[]> {
  const inside = yield* skeletonRoots(canvas);
  const { parent } = canvas;
  if (isFrame(canvas) || isSkeleton(canvas) || parent === null || !('findAllWithCriteria' in parent))
    return inside;
  const over: SceneNode[] = [];
  const marked = (parent as Container).findAllWithCriteria({
    pluginData: { keys: [skeletonKey] },
  }) as SceneNode[];
  for (const [i, one] of Array.from(marked.entries())) {
    if ((i + 1) % nodesAtATime === 0) yield;
    if (one.parent?.id === parent.id && hasMiddle(canvas, one)) over.push(one);
  }
  return [...inside, ...over];
}
