import type { EncoderConfig } from '../../../models/src/architectures/unet-config.ts';
import type { NetworkSizes } from '../../../models/src/checkpoint/index.ts';

function encoderAt(prefix: string): EncoderConfig {
  return {
    prefix,
    inputChannels: 4,
    modelChannels: 32,
    levels: [
      { channels: 32, blocks: 2, depth: 1 },
      { channels: 64, blocks: 2, depth: 1 },
      { channels: 64, blocks: 2, depth: 0 },
    ],
    middleDepth: 1,
    contextWidth: 48,
    heads: { count: 4 },
    normGroups: 32,
    projection: 'convolution',
  };
}

/** Stable Diffusion 1 and Stable-Pose with few channels and one level less: every kind of layer is there. */
export const smallNetworks: NetworkSizes = {
  unet: { ...encoderAt('model.diffusion_model.'), outputChannels: 4 },
  adapter: {
    encoder: encoderAt('stable_pose_adapter.'),
    hintChannels: 3,
    injectLayer: 1,
    poseChannels: 48,
    vit: { channels: 32, cellWidth: 128, patchSize: 2, heads: 8, innerWidth: 32, mlpWidth: 64, layers: 2 },
  },
  vae: {
    prefix: 'first_stage_model.',
    pictureChannels: 3,
    baseChannels: 32,
    levels: [32, 64, 64],
    blocks: 2,
    innerChannels: 4,
    latentChannels: 4,
    normGroups: 32,
    attentionWeights: 'convolution',
    levelAttention: [false, false, false],
  },
  text: {
    prefix: 'cond_stage_model.transformer.text_model.',
    vocabularySize: 100,
    width: 48,
    contextLength: 77,
    layers: 2,
    heads: 4,
    mlpWidth: 96,
    activation: 'quick-gelu',
  },
};
