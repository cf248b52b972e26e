import { compose } from './affine.ts';
import type { Container, FrameNode, PageNode, SceneNode } from './figma.ts';

/** Between frames of a row, as Figma lays out frames that are duplicated. */
const gap = 100;
/** Of a page with thousands of layers, so many are looked at for room. */
const mostNeighbours = 300;

/** Whether variants of a picture get frames of their own beside this one: where it lies on the page by itself. */
export function standsOnPage(canvas: SceneNode): canvas is FrameNode {
  return canvas.type === 'FRAME' && canvas.parent?.type === 'PAGE' && canvas.layoutMode === 'NONE';
}

/**
 * Puts a new frame beside `first`, to the right of it and of whatever lies there: of its size, turn and fills.
 * @param made an empty frame, whose place does not matter
 */
export function layBeside(made: FrameNode, first: FrameNode, number: number): void {
  const page = first.parent as PageNode;
  (page as Container).appendChild(made);
  made.name = `${first.name} ${number}`;
  made.resize(first.width, first.height);
  made.fills = first.fills;
  const box = first.absoluteBoundingBox;
  if (box === null) return;
  let right = box.x + box.width;
  for (const other of page.children.slice(-mostNeighbours)) {
    const at = other.id === made.id ? null : other.absoluteBoundingBox;
    const isLevel = at !== null && at.y < box.y + box.height && at.y + at.height > box.y;
    if (isLevel && at.x + at.width > right) right = at.x + at.width;
  }
  made.relativeTransform = compose(
    [
      [1, 0, right + gap - box.x],
      [0, 1, 0],
    ],
    first.relativeTransform,
  );
}
