import type { ClipTextEncoderConfig } from './clip-text-encoder.ts';
import type { ControlNetConfig } from './controlnet.ts';
import type { StablePoseAdapterConfig } from './stable-pose-adapter.ts';
import type { T2iAdapterConfig } from './t2i-adapter.ts';
import type { EncoderConfig, UnetConfig } from './unet-config.ts';
import type { VaeConfig } from './vae.ts';

/** Sizes of Stable Diffusion 1's UNet encoder, as published (CompVis v1-inference.yaml). */
function encoderAt(prefix: string): EncoderConfig {
  return {
    prefix,
    inputChannels: 4,
    modelChannels: 320,
    levels: [
      { channels: 320, blocks: 2, depth: 1 },
      { channels: 640, blocks: 2, depth: 1 },
      { channels: 1280, blocks: 2, depth: 1 },
      { channels: 1280, blocks: 2, depth: 0 },
    ],
    middleDepth: 1,
    contextWidth: 768,
    heads: { count: 8 },
    normGroups: 32,
    projection: 'convolution',
  };
}

/** The published sizes of Stable Diffusion 1.5 and of Stable-Pose: what random full-size checkpoints are made from. */
export const stableDiffusion1: {
  readonly unet: UnetConfig;
  readonly adapter: StablePoseAdapterConfig;
  readonly vae: VaeConfig;
  readonly text: ClipTextEncoderConfig;
} = {
  unet: { ...encoderAt('model.diffusion_model.'), outputChannels: 4 },
  adapter: {
    encoder: encoderAt('stable_pose_adapter.'),
    hintChannels: 3,
    injectLayer: 1,
    poseChannels: 192,
    vit: {
      channels: 320,
      cellWidth: 128,
      patchSize: 2,
      heads: 8,
      innerWidth: 320,
      mlpWidth: 512,
      layers: 2,
    },
  },
  vae: {
    prefix: 'first_stage_model.',
    pictureChannels: 3,
    baseChannels: 128,
    levels: [128, 256, 512, 512],
    blocks: 2,
    innerChannels: 4,
    latentChannels: 4,
    normGroups: 32,
    levelAttention: [false, false, false, false],
    attentionWeights: 'convolution',
  },
  text: {
    prefix: 'cond_stage_model.transformer.text_model.',
    vocabularySize: 49408,
    width: 768,
    contextLength: 77,
    layers: 12,
    heads: 12,
    mlpWidth: 3072,
    activation: 'quick-gelu',
  },
};

/** The ControlNet beside a UNet, with the hint encoder's published widths (lllyasviel/ControlNet, cldm.py). */
export function controlNetBeside({ outputChannels: _, ...encoder }: UnetConfig): ControlNetConfig {
  return {
    encoder: { ...encoder, prefix: 'control_model.' },
    hintChannels: 3,
    hintWidths: [16, 16, 32, 32, 96, 96, 256],
  };
}

/** The T2I-Adapter beside a UNet, as published for OpenPose skeletons (TencentARC/T2I-Adapter). */
export function t2iAdapterBeside({ levels }: UnetConfig): T2iAdapterConfig {
  return {
    prefix: '',
    hintChannels: 3,
    patchSize: 8,
    levels: levels.map(({ channels }) => channels),
    blocks: 2,
    kernel: 1,
    downsampling: 'mean',
  };
}
