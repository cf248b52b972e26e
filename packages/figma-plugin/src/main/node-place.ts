import { apply, identity, invert, type Point } from './affine.ts';
import type { BaseNode, SceneNode, Transform } from './figma.ts';

/** From a node's own coordinates to the page's. A page is its own measure. */
export function toPage(node: BaseNode): Transform {
  return 'absoluteTransform' in node ? node.absoluteTransform : identity;
}

/** The middle of a node, in the coordinates of `frame`, however deep the node lies and however either is turned. */
export function middleIn(node: SceneNode, frame: BaseNode): Point {
  return apply(invert(toPage(frame)), apply(toPage(node), [node.width / 2, node.height / 2]));
}

/** The two ends of a line, in the coordinates of `frame`. A line runs along its own x axis. */
export function endsIn(line: SceneNode, frame: BaseNode): readonly [Point, Point] {
  const back = invert(toPage(frame));
  const own = toPage(line);
  return [apply(back, apply(own, [0, 0])), apply(back, apply(own, [line.width, 0]))];
}

/**
 * The node that `relativeTransform` is measured from: the nearest one above that is no group and no boolean operation.
 * Source: Figma's typings, `relativeTransform`, "Groups".
 */
export function measureOf(node: BaseNode): BaseNode {
  let above = node.parent;
  while (above !== null && (above.type === 'GROUP' || above.type === 'BOOLEAN_OPERATION'))
    above = above.parent;
  if (above === null) return node;
  return above;
}

/** Whether the node stands in an instance of a component, where nothing can be moved, added or taken away. */
export function isInInstance(node: BaseNode): boolean {
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.type === 'INSTANCE') return true;
  }
  return false;
}
