import type { AdapterConfig } from '../contract/index.ts';
import type { PreparedAdapter } from '../denoise/index.ts';
import { StablePoseError } from '../errors.ts';
import { patchMasks, poseMasks } from '../mask/index.ts';
import { hintFromRaster, type Pose, type Size } from '../pose/index.ts';
import { type FloatTensor, float32, type Tensor } from '../tensor/index.ts';
import { drawHint } from './draw-hint.ts';
import type { GenerationContext } from './generation-context.ts';

/** The adapters of a picture, but for their graphs, which are taken when the loop begins. */
export interface PoseConditioning {
  readonly adapters: readonly (Omit<PreparedAdapter, 'graph'> & { readonly name: string })[];
}

/**
 * Everything of the pose that does not depend on the step, once a picture: skeleton, masks, hint features.
 * @param poses in pixels of `size`
 */
export async function preparePose(
  context: GenerationContext,
  poses: readonly Pose[],
  size: Size,
): Promise<PoseConditioning> {
  const { request, parts, signal } = context;
  const acting = request.adapters.filter(({ strength, from, to }) => strength > 0 && from < to);
  if (poses.length === 0 || acting.length === 0) return { adapters: [] };
  const adapters: PoseConditioning['adapters'][number][] = [];
  for (const { model: name, strength, from, to } of acting) {
    const adapter = context.adapters.get(name);
    if (adapter === undefined) throw new StablePoseError('internal', `There is no adapter ${name}.`);
    const drawn = drawHint(adapter.config.hint, poses, size, request.outOfFrame);
    // Nobody of this part of the picture: an adapter would see an empty skeleton, which it was hardly trained on.
    if (drawn.data.every((value) => value === 0)) continue;
    const hint = hintFromRaster(drawn, adapter.config.hint.range);
    const encoder = await parts.adapter(name, 'hint-encoder');
    const factor = float32([1], Float32Array.of(strength));
    const encoded = await encoder.run(
      encoder.inputNames.includes('strength') ? { hint_image: hint, strength: factor } : { hint_image: hint },
      { signal },
    );
    const features = Object.fromEntries(Object.entries(encoded).map(([key, value]) => [key, onCpu(value)]));
    switch (adapter.config.kind) {
      case 'stable-pose': {
        const rows = context.text.uncond === undefined ? 1 : 2;
        const tokens = poseTokens(adapter.config, hint, rows);
        adapters.push({ name, from, to, inputs: { ...features, pose_tokens: tokens, strength: factor } });
        break;
      }
      case 'controlnet':
        adapters.push({ name, from, to, inputs: { ...features, strength: factor } });
        break;
      case 't2i-adapter':
        adapters.push({ name, from, to, inputs: {}, residuals: features });
        break;
      default:
        throw new StablePoseError('internal', `No adapter is of kind ${adapter.config satisfies never}.`);
    }
  }
  return { adapters };
}

/** float32 `[K, rows, N]`: all ones for the unconditional row, the pose's tokens (or all) for the conditional one. */
function poseTokens(
  { kernels, sigma, patchSize, isMasked = true }: Extract<AdapterConfig, { kind: 'stable-pose' }>,
  hint: FloatTensor,
  rows: number,
): FloatTensor {
  const { dims, data } = patchMasks(poseMasks(hint, { kernels, sigma }), patchSize);
  const [layers, count] = dims;
  const tokens = new Float32Array(layers * rows * count).fill(1);
  if (!isMasked) return float32([layers, rows, count], tokens);
  for (let layer = 0; layer < layers; layer++) {
    tokens.set(data.subarray(layer * count, (layer + 1) * count), (layer * rows + rows - 1) * count);
  }
  return float32([layers, rows, count], tokens);
}

function onCpu(value: Tensor | { kind: 'device' }): FloatTensor {
  if (value.kind === 'cpu' && value.type === 'float32') return value as FloatTensor;
  throw new StablePoseError('internal', 'The hint encoder should give float32 in CPU memory.');
}
