import { type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * Which token may attend which, per layer: [i, j] is 1 when token i or token j is about the pose, so the mask is
 * symmetric. Graphs make it themselves from the tokens; this is the whole of it, for checks.
 *
 * @param patches 0/1, `[K, N]`
 * @returns 0/1, `[K, N, N]`
 */
export function attentionMasks(patches: Tensor<'uint8'>): Tensor<'bool'> {
  const [layers, tokens] = patches.dims;
  const masks = new Uint8Array(layers * tokens * tokens);
  for (let layer = 0; layer < layers; layer++) {
    const inPose = patches.data.subarray(layer * tokens, (layer + 1) * tokens);
    for (let i = 0; i < tokens; i++) {
      const row = masks.subarray((layer * tokens + i) * tokens, (layer * tokens + i + 1) * tokens);
      if (inPose[i]) row.fill(1);
      else row.set(inPose);
    }
  }
  return tensor('bool', [layers, tokens, tokens], masks);
}
