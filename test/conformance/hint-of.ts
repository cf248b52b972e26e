import { decodePng } from '../../packages/core/src/image/index.ts';
import { hintFromRaster } from '../../packages/core/src/pose/hint-image.ts';
import type { FloatTensor } from '../../packages/core/src/tensor/tensor.ts';
import type { ReferenceFolder } from './reference-folder.ts';

/** The hint image of a recorded skeleton picture. */
export function hintOf(reference: ReferenceFolder, png: string): FloatTensor {
  return hintFromRaster(decodePng(reference.bytes(png)));
}
