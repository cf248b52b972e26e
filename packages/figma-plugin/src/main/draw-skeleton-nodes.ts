import { keypointNames, limbs, mapPose, type Pose } from '@stable-pose/core/pose';
import { apply, identity, type Point } from './affine.ts';
import type { Container, Drawing, GroupNode, LineNode, RGB, SceneNode, Transform } from './figma.ts';
import { isTransparent, measureOf, wayBetween } from './node-place.ts';
import { limbName, markPart } from './skeleton-parts.ts';
import { writeRecord } from './skeleton-record.ts';

export interface SkeletonDrawing {
  /** Of the group. */
  readonly name: string;
  /** Of limbs, in the container's pixels; joints are 1.6 times as wide. */
  readonly lineWidth: number;
}

/** Figma's least side of a node that is resized. Source: Figma's typings, `resize`. */
const leastSide = 0.01;

/**
 * One person as native layers: a group with a line for every limb whose two joints are there and an ellipse for every joint
 * above, in Stable-Pose's colours and named after COCO. Absent keypoints have no layer.
 * @param pose in the coordinates of `parent`; one keypoint or more present
 * @param parent a page, or a frame that takes children and lays nothing out by itself
 */
export function drawSkeletonNodes(
  figma: Drawing,
  pose: Pose,
  parent: Container,
  { name, lineWidth }: SkeletonDrawing,
): GroupNode {
  const nodes: SceneNode[] = [];
  // Asked once, and before a group that they are put into grows with them.
  const way = isTransparent(parent) ? wayBetween(parent, measureOf(parent)) : identity;
  for (const [index, { from, to }] of limbs.entries()) {
    const [a, b] = [pose.keypoints[from], pose.keypoints[to]];
    if (!(a[2] > 0 && b[2] > 0)) continue;
    const line = figma.createLine();
    parent.appendChild(line);
    line.name = limbName(index);
    line.strokes = [{ type: 'SOLID', color: colourOf(index) }];
    line.strokeWeight = lineWidth;
    line.strokeCap = 'ROUND';
    layLine(line, apply(way, [a[0], a[1]]), apply(way, [b[0], b[1]]));
    markPart(line, { kind: 'limb', index });
    nodes.push(line);
  }
  for (const [index, [x, y, confidence]] of pose.keypoints.entries()) {
    if (!(confidence > 0)) continue;
    const joint = figma.createEllipse();
    parent.appendChild(joint);
    joint.name = keypointNames[index];
    joint.fills = [
      { type: 'SOLID', color: colourOf(limbs.findIndex(({ from, to }) => to === index || from === index)) },
    ];
    const side = lineWidth * 1.6;
    joint.resize(side, side);
    const [u, v] = apply(way, [x, y]);
    joint.relativeTransform = [
      [1, 0, u - side / 2],
      [0, 1, v - side / 2],
    ];
    markPart(joint, { kind: 'joint', index, confidence });
    nodes.push(joint);
  }
  const group = figma.group(nodes, parent);
  group.name = name;
  writeRecord(
    group,
    mapPose(pose, (x, y) => apply(way, [x, y])),
  );
  return group;
}

/** Lays a line from `a` to `b`, both in the coordinates that its `relativeTransform` is measured in. */
export function layLine(line: LineNode, a: Point, b: Point): void {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.max(Math.hypot(dx, dy), leastSide);
  const angle = Math.atan2(dy, dx);
  line.resize(length, 0);
  line.relativeTransform = [
    [Math.cos(angle), -Math.sin(angle), a[0]],
    [Math.sin(angle), Math.cos(angle), a[1]],
  ];
}

/** Moves a node so that its middle lies at `place`, in the coordinates of `frame`. How it is turned stays. */
export function centre(
  node: SceneNode & { relativeTransform: Transform },
  place: Point,
  frame: Container,
): void {
  const [x, y] = apply(wayBetween(frame, measureOf(node)), place);
  const [[a, c], [b, d]] = node.relativeTransform;
  const [dx, dy] = apply(
    [
      [a, c, 0],
      [b, d, 0],
    ],
    [node.width / 2, node.height / 2],
  );
  node.relativeTransform = [
    [a, c, x - dx],
    [b, d, y - dy],
  ];
}

function colourOf(limb: number): RGB {
  const [r, g, b] = limbs[limb].colour;
  return { r: r / 255, g: g / 255, b: b / 255 };
}
