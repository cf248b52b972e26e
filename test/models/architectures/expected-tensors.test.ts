import { describe, expect, it } from 'vitest';
import {
  clipTextEncoderTensors,
  readClipTextEncoderConfig,
} from '../../../models/src/architectures/clip-text-encoder.ts';
import { stableDiffusion1 } from '../../../models/src/architectures/stable-diffusion-1.ts';
import {
  readStablePoseAdapterConfig,
  stablePoseAdapterTensors,
} from '../../../models/src/architectures/stable-pose-adapter.ts';
import { unetTensors } from '../../../models/src/architectures/unet.ts';
import { readUnetConfig, skipsOf } from '../../../models/src/architectures/unet-config.ts';
import { readVaeConfig, vaeTensors } from '../../../models/src/architectures/vae.ts';
import { referenceJson } from './reference.ts';
import { shapesOf, tiny, tinyAdapter, tinyText, tinyUnet, tinyVae } from './tiny-model.ts';

const full = new Map(
  Object.entries(referenceJson<{ keys: Record<string, number[]> }>('12_prepare_weights/full_keys.json').keys),
);
const sorted = (shapes: ReadonlyMap<string, readonly number[]>) =>
  [...shapes].map(([key, shape]) => `${key} [${shape}]`).sort();

describe('the tensors that architectures expect', () => {
  it('are, from the published sizes, the keys and shapes of Stable Diffusion 1.5 with Stable-Pose', () => {
    const { unet, adapter, vae, text } = stableDiffusion1;
    const expected = new Map([
      ...unetTensors(unet),
      ...stablePoseAdapterTensors(adapter),
      ...vaeTensors(vae),
      ...clipTextEncoderTensors(text),
    ]);
    expect(sorted(expected)).toEqual(sorted(full));
  });

  it('sizes read from the shapes are the published ones', () => {
    expect(readUnetConfig(full, 'model.diffusion_model.')).toEqual(stableDiffusion1.unet);
    expect(readStablePoseAdapterConfig(full, 'stable_pose_adapter.')).toEqual(stableDiffusion1.adapter);
    expect(readVaeConfig(full, 'first_stage_model.')).toEqual(stableDiffusion1.vae);
    expect(readClipTextEncoderConfig(full, 'cond_stage_model.transformer.text_model.')).toEqual(
      stableDiffusion1.text,
    );
  });

  it('are those of the small model', () => {
    const expected = new Map([
      ...unetTensors(tinyUnet),
      ...stablePoseAdapterTensors(tinyAdapter),
      ...vaeTensors(tinyVae),
      ...clipTextEncoderTensors(tinyText),
    ]);
    const parts = [...shapesOf(tiny)].filter(([key]) => key.includes('.'));
    expect(sorted(expected)).toEqual(sorted(new Map(parts)));
  });

  it('cover nine input channels, levels without attention, linear projections and fixed head widths', () => {
    const levels = stableDiffusion1.unet.levels.map((level, index) => ({
      ...level,
      depth: index === 0 ? 0 : 1,
    }));
    const config = {
      ...stableDiffusion1.unet,
      inputChannels: 9,
      levels,
      heads: { width: 64 },
      projection: 'linear' as const,
    };
    const tensors = unetTensors(config);
    expect(tensors.get('model.diffusion_model.input_blocks.0.0.weight')).toEqual([320, 9, 3, 3]);
    expect(tensors.get('model.diffusion_model.input_blocks.4.1.proj_in.weight')).toEqual([640, 640]);
    expect(tensors.has('model.diffusion_model.input_blocks.1.1.proj_in.weight')).toBe(false);
    expect(readUnetConfig(tensors, 'model.diffusion_model.', { heads: { width: 64 } })).toEqual(config);
  });

  it('cover a VAE whose levels attend', () => {
    const config = { ...stableDiffusion1.vae, levelAttention: [false, false, false, true] };
    const tensors = vaeTensors(config);
    expect(tensors.get('first_stage_model.encoder.down.3.attn.1.q.weight')).toEqual([512, 512, 1, 1]);
    expect(tensors.get('first_stage_model.decoder.up.3.attn.2.proj_out.bias')).toEqual([512]);
    expect(readVaeConfig(tensors, 'first_stage_model.')).toEqual(config);
  });

  it('skips: channels and downsampling, one per input block', () => {
    const skips = skipsOf(stableDiffusion1.unet);
    expect(skips.map((skip) => skip.channels)).toEqual([
      320, 320, 320, 320, 640, 640, 640, 1280, 1280, 1280, 1280, 1280,
    ]);
    expect(skips.map((skip) => skip.factor)).toEqual([1, 1, 1, 2, 2, 2, 4, 4, 4, 8, 8, 8]);
  });
});
