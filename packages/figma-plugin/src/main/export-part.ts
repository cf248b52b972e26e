import type { Size } from '@stable-pose/core';
import type { Result } from '../messages/figma-messages.ts';
import { compose } from './affine.ts';
import type { Transform } from './figma.ts';
import { skeletonRoots } from './find-skeletons.ts';
import { fromPage, isInInstance, toPage } from './node-place.ts';
import { inSlices, type Rest } from './slices.ts';
import type { WorkPlace } from './work-place.ts';

/** The longest side of an export: 268 MB as RGBA in the UI half. */
const longestSide = 8192;

/**
 * The canvas without skeletons and without the shape that is selected, or what is selected alone, as a PNG in sRGB. What is left
 * out is hidden while Figma draws and shown again at once: nothing is left to undo. Whether Figma draws a turned node as the page
 * shows it or along its own axes is stated nowhere: both are told, and the size of the PNG says which it was.
 */
export async function exportPart(
  place: WorkPlace,
  part: 'canvas' | 'selected',
  wished: number,
  rest: Rest,
): Promise<Result<'exportPart'>> {
  if (place.kind === 'nothing') return { ways: [] };
  const { canvas } = place;
  const nodes = place.kind === 'canvas' ? [] : place.nodes;
  const node = part === 'canvas' ? canvas : nodes[0];
  const box = node?.absoluteBoundingBox ?? null;
  if (node === undefined || box === null || !('exportAsync' in node)) return { ways: [] };
  const own = { width: node.width, height: node.height };
  const longest = Math.max(box.width, box.height, own.width, own.height, 1);
  const scale = Math.min(Math.max(wished, 0.01), longestSide / longest);
  const toPng = (transform: Transform, { width, height }: Size) => {
    const [[a, c, e], [b, d, f]] = compose(transform, toPage(canvas));
    const way = [a, b, c, d, e, f].map((one) => one * scale);
    return { way, width: width * scale, height: height * scale };
  };
  const asShown: Transform = [
    [1, 0, -box.x],
    [0, 1, -box.y],
  ];
  const ways = [toPng(asShown, box), toPng(fromPage(node), own)];
  const people = part === 'canvas' ? await inSlices(skeletonRoots(canvas), rest) : [];
  const leftOut = [...people];
  if (part === 'canvas' && place.kind === 'shape') leftOut.push(...nodes);
  const hidden = leftOut.filter((one) => !one.removed && one.visible && one !== canvas && !isInInstance(one));
  for (const one of hidden) one.visible = false;
  try {
    const png = await node.exportAsync({
      format: 'PNG',
      contentsOnly: true,
      useAbsoluteBounds: true,
      colorProfile: 'SRGB',
      constraint: { type: 'SCALE', value: scale },
    });
    return { png, ways };
  } finally {
    for (const one of hidden) if (!one.removed) one.visible = true;
  }
}
