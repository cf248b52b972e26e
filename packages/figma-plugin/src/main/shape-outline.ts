import type { Result } from '../messages/figma-messages.ts';
import type { SceneNode } from './figma.ts';
import { wayBetween } from './node-place.ts';
import type { WorkPlace } from './work-place.ts';

type Paths = Result<'readOutline'>['paths'];

/**
 * What a shape covers, as paths in its own coordinates: those of its fills, whatever colour and opacity these have. Reading them changes
 * nothing in the document, where for an export of the shape its strokes, effects and opacity would have to go first. Whether one
 * without fills has such paths is stated nowhere (the self-test asks): where it has none, what its stroke surrounds counts, which
 * is each contour of the stroke filled by itself. Groups have neither: no paths.
 */
export function outlineOf(place: WorkPlace): Result<'readOutline'> {
  if (place.kind !== 'shape') return { paths: [], way: [1, 0, 0, 1, 0, 0] };
  const [node] = place.nodes;
  const [[a, c, e], [b, d, f]] = wayBetween(node, place.canvas);
  return { paths: pathsOf(node), way: [a, b, c, d, e, f] };
}

function pathsOf(node: SceneNode): Paths {
  if (!('fillGeometry' in node)) return [];
  const filled = node.fillGeometry.filter(({ windingRule }) => windingRule !== 'NONE');
  if (filled.length > 0)
    return filled.map(({ data, windingRule }) => ({ data, isEvenOdd: windingRule === 'EVENODD' }));
  return ([] as { data: string; isEvenOdd: boolean }[]).concat(
    ...node.strokeGeometry.map(({ data }) =>
      contoursOf(data).map((one) => ({ data: one, isEvenOdd: false })),
    ),
  );
}

/** The parts of a path that each begin with a move. */
function contoursOf(data: string): readonly string[] {
  return data
    .split('M')
    .filter((rest) => rest.trim() !== '')
    .map((rest) => `M${rest}`);
}
