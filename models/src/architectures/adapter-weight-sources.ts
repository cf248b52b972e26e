import type { TensorShapes } from './tensor-shapes.ts';

/**
 * Where each weight of a fresh Stable-Pose adapter comes from: the base model's encoder weight of the same name, or
 * `undefined` for what is newly initialised (feature extractor, PMSA-ViT, pose convolution and, at zero, the zero
 * convolutions and the middle block's output). Adapters start as a copy of the encoder they stand beside
 * (arXiv 2406.02485, section 3.1, after ControlNet).
 *
 * @param adapter keys and shapes of the adapter
 * @param base keys and shapes of the base model
 */
export function adapterWeightSources(
  adapter: TensorShapes,
  base: TensorShapes,
  prefixes: { readonly adapter: string; readonly unet: string } = {
    adapter: 'stable_pose_adapter.',
    unet: 'model.diffusion_model.',
  },
): Map<string, string | undefined> {
  return new Map(
    [...adapter].map(([key, shape]) => {
      const source = prefixes.unet + key.slice(prefixes.adapter.length);
      const copied = base.get(source)?.join() === shape.join();
      return [key, copied ? source : undefined];
    }),
  );
}

/**
 * Whether a newly initialised weight starts at zero: zero convolutions and the middle block's output, so that a fresh
 * adapter changes nothing, and the shifts of norms.
 */
export function startsAtZero(key: string, adapter: TensorShapes): boolean {
  if (/\.zero_convs\.\d+\.|\.middle_block_out\.\d+\./.test(key)) return true;
  return key.endsWith('.bias') && adapter.get(key.replace(/bias$/, 'weight'))?.length === 1;
}
