import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterGraphs } from '../../models/src/adapter-graphs.ts';
import type { AdapterParts } from '../../models/src/adapter-source.ts';
import { diskFiles } from '../../models/src/files/disk-files.ts';
import { type ModelParts, modelGraphs, shapesOf } from '../../models/src/model-source.ts';
import { countFlops } from '../../models/src/onnx/count-flops.ts';
import { inferShapes } from '../../models/src/onnx/infer-shapes.ts';
import { openAdapterParts } from '../../models/src/open-adapter.ts';
import { openModelParts } from '../../models/src/open-model.ts';

const path = fileURLToPath(new URL('../../models/figurine', import.meta.url));

describe('the figurine that ships', () => {
  let model: ModelParts;
  let adapter: AdapterParts;
  beforeAll(async () => {
    model = await openModelParts(diskFiles, { path });
    adapter = await openAdapterParts(diskFiles, { path });
  });
  afterAll(async () => {
    await model.close();
    await adapter.close();
  });

  it('costs at most 6 GFLOP a row and step: UNet and adapter, at its native size', () => {
    const base = modelGraphs(model);
    const { unet, latents, text, nativeSize } = base.config;
    const pose = adapterGraphs(adapter.kind, shapesOf(adapter.checkpoint), adapter.settings);
    const [high, wide] = [nativeSize.height / latents.factor, nativeSize.width / latents.factor];
    const step = {
      latents: [1, unet.inputChannels, high, wide],
      timestep_embedding: [1, unet.timestepEmbeddingWidth],
      encoder_hidden_states: [1, text.contextLength, text.width],
    };
    const residuals = (name: string, of: typeof unet.residuals) =>
      Object.fromEntries(
        of.map(({ channels, factor }, i) => [`${name}_${i}`, [1, channels, high / factor, wide / factor]]),
      );
    const hint = inferShapes(pose.plan('hint-encoder'), {
      hint_image: [1, 3, nativeSize.height, nativeSize.width],
    });
    const cost = {
      unet: countFlops(base.plan('unet'), {
        ...step,
        ...residuals('residual', unet.residuals),
        ...residuals('encoder_residual', unet.encoderResiduals),
      }).flops,
      adapter: countFlops(pose.plan('adapter'), {
        ...step,
        pose_features: hint.get('pose_features')!,
        pose_tokens: [2, 1, (high / 2) * (wide / 2)],
        strength: [1],
      }).flops,
    };
    // As models/README.md says.
    expect([cost.unet, cost.adapter].map((flops) => (flops / 1e9).toFixed(2))).toEqual(['1.09', '1.23']);
    expect(cost.unet + cost.adapter).toBeLessThanOrEqual(6e9);
  });
});
