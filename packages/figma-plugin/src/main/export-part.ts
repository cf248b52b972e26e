import { StablePoseError } from '@stable-pose/core/errors';
import type { Result } from '../messages/figma-messages.ts';
import { compose, invert } from './affine.ts';
import { exactBox } from './describe-place.ts';
import type { SceneNode } from './figma.ts';
import { skeletonRoots } from './find-skeletons.ts';
import { isInInstance, toPage } from './node-place.ts';
import { atOnce } from './slices.ts';
import type { WorkPlace } from './work-place.ts';

/** The longest side of an export: 268 MB as RGBA in the UI half. */
const longestSide = 8192;

/**
 * The canvas without skeletons and without the shape that is selected, or what is selected alone, as a PNG in sRGB. What is left
 * out is hidden while Figma draws and shown again at once: nothing is left to undo.
 * @throws not-supported for a canvas that is turned
 */
export async function exportPart(
  place: WorkPlace,
  part: 'canvas' | 'selected',
  wished: number,
): Promise<Result<'exportPart'>> {
  if (place.kind === 'nothing') return { x: 0, y: 0, scale: 1 };
  const { canvas } = place;
  const nodes = place.kind === 'canvas' ? [] : place.nodes;
  const node = part === 'canvas' ? canvas : nodes[0];
  if (node === undefined || !('exportAsync' in node)) return { x: 0, y: 0, scale: 1 };
  if (isTurned(canvas)) {
    throw new StablePoseError(
      'not-supported',
      `"${canvas.name}" is turned, and turned frames cannot be read yet.`,
      {
        remedy: 'Set its rotation to 0, or put its content into an upright frame.',
      },
    );
  }
  const { x, y } = exactBox(node, canvas);
  const scale = Math.min(Math.max(wished, 0.01), longestSide / Math.max(node.width, node.height, 1));
  const leftOut = part === 'canvas' ? [...atOnce(skeletonRoots(canvas))] : [];
  if (part === 'canvas' && place.kind === 'shape') leftOut.push(...nodes);
  const hidden = leftOut.filter((one) => one.visible && one !== canvas && !isInInstance(one));
  for (const one of hidden) one.visible = false;
  try {
    const png = await node.exportAsync({
      format: 'PNG',
      contentsOnly: true,
      useAbsoluteBounds: true,
      colorProfile: 'SRGB',
      constraint: { type: 'SCALE', value: scale },
    });
    return { png, x, y, scale };
  } finally {
    for (const one of hidden) if (!one.removed) one.visible = true;
  }
}

/** Against the page: Figma exports what a page shows. */
function isTurned(canvas: SceneNode): boolean {
  const [[a, c], [b, d]] = compose(invert(toPage(canvas)), [
    [1, 0, 0],
    [0, 1, 0],
  ]);
  return [a - 1, d - 1, b, c].some((off) => Math.abs(off) > 1e-6);
}
