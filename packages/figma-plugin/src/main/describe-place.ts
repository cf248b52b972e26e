import type { Rectangle } from '@stable-pose/core';
import type { Result } from '../messages/figma-messages.ts';
import { apply } from './affine.ts';
import type { SceneNode } from './figma.ts';
import { wayBetween } from './node-place.ts';
import { peopleOn } from './people-on.ts';
import { placedPicture } from './placed-note.ts';
import type { Steps } from './slices.ts';
import { obstacleOf, targetOf, type WorkPlace } from './work-place.ts';

/** A place as the UI half is told of it. */
export function* describePlace(
  place: WorkPlace,
  others: readonly WorkPlace[] = [],
): Steps<Result<'readSelection'>> {
  const target = targetOf(place);
  if (place.kind === 'nothing') {
    return { target, kind: 'nothing', name: place.page.name, hasMask: false, people: 0, alsoSelected: [] };
  }
  const { kind, canvas } = place;
  const size = {
    width: Math.max(1, Math.round(canvas.width)),
    height: Math.max(1, Math.round(canvas.height)),
  };
  const obstacle = obstacleOf(place);
  const base = {
    target,
    canvas: size,
    hasMask: false,
    alsoSelected: others.map(targetOf),
    ...(obstacle === undefined ? {} : { obstacle }),
  };
  const whole = { x: 0, y: 0, ...size };
  if (kind === 'canvas') {
    const people = (yield* peopleOn(canvas)).length;
    return { ...base, kind, name: canvas.name, area: whole, people };
  }
  if (kind === 'skeleton') {
    const { nodes } = place;
    return { ...base, kind, name: nodes[0].name, area: whole, people: nodes.length };
  }
  const [node] = place.nodes;
  const placed = kind === 'picture' ? placedPicture(node) : undefined;
  const hasMask = kind === 'shape' && !isPlainBox(node, canvas);
  return {
    ...base,
    kind,
    name: node.name,
    area: boxOf(node, canvas),
    people: (yield* peopleOn(canvas)).length,
    hasMask,
    ...(placed ? { placed } : {}),
  };
}

/** The whole pixels of the canvas that a node lies in. */
function boxOf(node: SceneNode, canvas: SceneNode): Rectangle {
  const { x, y, width, height } = exactBox(node, canvas);
  return {
    x: Math.round(x),
    y: Math.round(y),
    width: Math.max(1, Math.round(width)),
    height: Math.max(1, Math.round(height)),
  };
}

/** The upright box around a node, in the canvas' pixels. */
function exactBox(node: SceneNode, canvas: SceneNode): Rectangle {
  const way = wayBetween(node, canvas);
  const { width, height } = node;
  const corners = [
    apply(way, [0, 0]),
    apply(way, [width, 0]),
    apply(way, [0, height]),
    apply(way, [width, height]),
  ];
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** An upright rectangle masks nothing that its box does not say. Where its corners differ, Figma says "mixed". */
function isPlainBox(node: SceneNode, canvas: SceneNode): boolean {
  if (node.type !== 'RECTANGLE' || node.cornerRadius !== 0) return false;
  const [[a, c], [b, d]] = wayBetween(node, canvas);
  return [a - 1, d - 1, b, c].every((off) => Math.abs(off) < 1e-6);
}
