import type { Point } from './person.ts';
import { distance } from './plane.ts';

/**
 * Two-bone inverse kinematics in the plane: where the middle and the end of a chain go when its end is pulled to `target`,
 * its root stays and both limbs keep their lengths. Out of reach, the end goes as near as it can. The middle stays on the
 * side where it was; a straight chain bends to the side of `bendsTo`.
 *
 * With a and b the lengths and d the distance from root to end, the law of cosines gives the middle's way along
 * (a^2 - b^2 + d^2) / 2d and across sqrt(a^2 - along^2).
 *
 * @param bendsTo 1 or -1: the sign of (end - root) x (middle - root) where the chain is straight
 */
export function bendChain(
  root: Point,
  middle: Point,
  end: Point,
  target: Point,
  bendsTo: 1 | -1 = 1,
): { readonly middle: Point; readonly end: Point } {
  const a = distance(root, middle);
  const b = distance(middle, end);
  const cross = (end.x - root.x) * (middle.y - root.y) - (end.y - root.y) * (middle.x - root.x);
  const side = Math.abs(cross) > 1e-6 * a * b ? Math.sign(cross) : bendsTo;
  const wanted = distance(root, target);
  // A target on the root says no direction: the chain keeps the one it has.
  const towards = wanted > 1e-9 ? target : end;
  const far = distance(root, towards);
  const ux = far > 1e-9 ? (towards.x - root.x) / far : 1;
  const uy = far > 1e-9 ? (towards.y - root.y) / far : 0;
  const reach = Math.min(a + b, Math.max(Math.abs(a - b), wanted));
  if (reach < 1e-9) {
    return { middle: { x: root.x + ux * a, y: root.y + uy * a }, end: { x: root.x, y: root.y } };
  }
  const along = (a * a - b * b + reach * reach) / (2 * reach);
  const across = Math.sqrt(Math.max(0, a * a - along * along)) * side;
  return {
    middle: { x: root.x + ux * along - uy * across, y: root.y + uy * along + ux * across },
    end: { x: root.x + ux * reach, y: root.y + uy * reach },
  };
}
