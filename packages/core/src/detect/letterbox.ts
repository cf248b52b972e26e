import { cropRaster, type Raster, resizeRaster } from '../image/index.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import type { SquareRegion } from './square-region.ts';

/**
 * A square of a picture as a pose network reads it: int32 `[1,side,side,3]`, RGB 0 to 255, black beyond the picture's
 * border, bilinear and without aliasing. A place (x, y) of the square, as shares of it, is at region.x + x region.side of
 * the picture.
 * @param picture of three channels
 */
export function letterbox(picture: Raster, region: SquareRegion, side: number): Tensor<'int32'> {
  const cut = cropRaster(picture, { x: region.x, y: region.y, width: region.side, height: region.side });
  const sized = resizeRaster(cut, side, side, 'bilinear');
  return tensor('int32', [1, side, side, 3], Int32Array.from(sized.data));
}
