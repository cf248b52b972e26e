import { StablePoseError } from '../errors.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * Tokens that are about the pose: a token covers patchSize x patchSize cells and counts when any of them does.
 *
 * @param masks 0/1, `[K, h, w]` (h = H / 8, w = W / 8)
 * @param patchSize cells along a token's side; 2 in Stable-Pose
 * @returns 0/1, `[K, N]`, N = (h / patchSize)(w / patchSize), row-major
 * @throws invalid-input when h or w is not divisible by `patchSize`
 */
export function patchMasks(masks: Tensor<'uint8'>, patchSize = 2): Tensor<'uint8'> {
  const [layers, height, width] = masks.dims;
  if (masks.dims.length !== 3 || height % patchSize !== 0 || width % patchSize !== 0) {
    throw new StablePoseError(
      'invalid-input',
      `Pose masks must be [K, h, w] with h and w divisible by the patch size ${patchSize}, got [${masks.dims}].`,
      {
        remedy: 'Choose a width and a height that are divisible by 64.',
        details: { dims: [...masks.dims], patchSize },
      },
    );
  }
  const across = width / patchSize;
  const tokens = across * (height / patchSize);
  const patches = new Uint8Array(layers * tokens);
  for (let cell = 0; cell < masks.data.length; cell++) {
    if (masks.data[cell] === 0) continue;
    const layer = Math.floor(cell / (height * width));
    const y = Math.floor(cell / width) % height;
    const x = cell % width;
    patches[layer * tokens + Math.floor(y / patchSize) * across + Math.floor(x / patchSize)] = 1;
  }
  return tensor('uint8', [layers, tokens], patches);
}
