import { apply, compose, identity, invert, type Point } from './affine.ts';
import type { BaseNode, SceneNode, Transform } from './figma.ts';

/** From a node's own coordinates to the page's. A page is its own measure. */
export function toPage(node: BaseNode): Transform {
  return 'absoluteTransform' in node ? node.absoluteTransform : identity;
}

/** From the page's coordinates to those of a node. Every property costs a way into Figma: whoever asks often keeps it. */
export function fromPage(node: BaseNode): Transform {
  return invert(toPage(node));
}

/** From the coordinates of one node to those of another. */
export function wayBetween(from: BaseNode, to: BaseNode): Transform {
  return compose(fromPage(to), toPage(from));
}

/** The middle of a node, where `from` leads, however deep the node lies and however it is turned: that of the box around it. */
export function middleIn(node: SceneNode, from: Transform): Point {
  const box = node.absoluteBoundingBox;
  if (box !== null) return apply(from, [box.x + box.width / 2, box.y + box.height / 2]);
  return apply(from, apply(toPage(node), [node.width / 2, node.height / 2]));
}

/** The two ends of a line, where `from` leads. A line runs along its own x axis. */
export function endsIn(line: SceneNode, from: Transform): readonly [Point, Point] {
  const own = toPage(line);
  return [apply(from, apply(own, [0, 0])), apply(from, apply(own, [line.width, 0]))];
}

/**
 * The node that `relativeTransform` is measured from: the nearest one above that is no group and no boolean operation.
 * Source: Figma's typings, `relativeTransform`, "Groups".
 */
export function measureOf(node: BaseNode): BaseNode {
  let above = node.parent;
  while (above !== null && isTransparent(above)) above = above.parent;
  if (above === null) return node;
  return above;
}

/** Whether children of a node are measured from what is above it. */
export function isTransparent({ type }: BaseNode): boolean {
  return type === 'GROUP' || type === 'BOOLEAN_OPERATION';
}

/** Whether the node stands in an instance of a component, where nothing can be moved, added or taken away. */
export function isInInstance(node: BaseNode): boolean {
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.type === 'INSTANCE') return true;
  }
  return false;
}

/** Whether the middle of `node` lies in the box around `picture`, on the page. */
export function hasMiddle(picture: SceneNode, node: SceneNode): boolean {
  const [box, at] = [picture.absoluteBoundingBox, node.absoluteBoundingBox];
  if (box === null || at === null) return false;
  const [x, y] = [at.x + at.width / 2 - box.x, at.y + at.height / 2 - box.y];
  return x >= 0 && y >= 0 && x <= box.width && y <= box.height;
}
