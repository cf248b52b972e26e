import type { ControlNetConfig } from '../architectures/controlnet.ts';
import type { T2iAdapterConfig } from '../architectures/t2i-adapter.ts';
import type { NetworkSizes } from './make-random-checkpoint.ts';

/** The JSON files of a folder in the diffusers layout, by path, as runwayml/stable-diffusion-v1-5 had them. */
export function diffusersFolderConfigs({ unet, vae, text }: NetworkSizes): Record<string, unknown> {
  const heads = 'count' in unet.heads ? unet.heads.count : undefined;
  const channels = unet.levels.map((level) => level.channels);
  const isCross = unet.levels.map((level) => level.depth > 0);
  return {
    'model_index.json': {
      _class_name: 'StableDiffusionPipeline',
      _diffusers_version: '0.6.0',
      scheduler: ['diffusers', 'PNDMScheduler'],
      text_encoder: ['transformers', 'CLIPTextModel'],
      tokenizer: ['transformers', 'CLIPTokenizer'],
      unet: ['diffusers', 'UNet2DConditionModel'],
      vae: ['diffusers', 'AutoencoderKL'],
    },
    'unet/config.json': {
      _class_name: 'UNet2DConditionModel',
      in_channels: unet.inputChannels,
      out_channels: unet.outputChannels,
      sample_size: 64,
      attention_head_dim: heads,
      block_out_channels: channels,
      cross_attention_dim: unet.contextWidth,
      down_block_types: isCross.map((cross) => (cross ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
      up_block_types: [...isCross].reverse().map((cross) => (cross ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
      layers_per_block: unet.levels[0]?.blocks,
      norm_num_groups: unet.normGroups,
    },
    'vae/config.json': {
      _class_name: 'AutoencoderKL',
      in_channels: vae.pictureChannels,
      out_channels: vae.pictureChannels,
      latent_channels: vae.latentChannels,
      block_out_channels: vae.levels,
      layers_per_block: vae.blocks,
      norm_num_groups: vae.normGroups,
      scaling_factor: 0.18215,
    },
    'text_encoder/config.json': {
      architectures: ['CLIPTextModel'],
      model_type: 'clip_text_model',
      hidden_act: text.activation === 'gelu' ? 'gelu' : 'quick_gelu',
      hidden_size: text.width,
      intermediate_size: text.mlpWidth,
      max_position_embeddings: text.contextLength,
      num_attention_heads: text.heads,
      num_hidden_layers: text.layers,
      vocab_size: text.vocabularySize,
    },
    'scheduler/scheduler_config.json': {
      _class_name: 'PNDMScheduler',
      beta_start: 0.00085,
      beta_end: 0.012,
      beta_schedule: 'scaled_linear',
      num_train_timesteps: 1000,
      prediction_type: 'epsilon',
      skip_prk_steps: true,
      steps_offset: 1,
    },
    'tokenizer/tokenizer_config.json': {
      tokenizer_class: 'CLIPTokenizer',
      bos_token: '<|startoftext|>',
      eos_token: '<|endoftext|>',
      pad_token: '<|endoftext|>',
      unk_token: '<|endoftext|>',
      model_max_length: text.contextLength,
    },
  };
}

/** The config.json of a ControlNet's folder, as lllyasviel/control_v11p_sd15_openpose has it. */
export function diffusersControlNetConfig({
  encoder,
  hintWidths,
}: ControlNetConfig): Record<string, unknown> {
  const { levels, heads } = encoder;
  return {
    _class_name: 'ControlNetModel',
    _diffusers_version: '0.16.0.dev0',
    act_fn: 'silu',
    attention_head_dim: 'count' in heads ? heads.count : undefined,
    block_out_channels: levels.map(({ channels }) => channels),
    class_embed_type: null,
    conditioning_embedding_out_channels: hintWidths.filter((_, layer) => layer % 2 === 0),
    controlnet_conditioning_channel_order: 'rgb',
    cross_attention_dim: encoder.contextWidth,
    down_block_types: levels.map(({ depth }) => (depth > 0 ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    in_channels: encoder.inputChannels,
    layers_per_block: levels[0]?.blocks,
    norm_num_groups: encoder.normGroups,
    use_linear_projection: encoder.projection === 'linear',
  };
}

/** The config.json of a T2I-Adapter's folder. */
export function diffusersT2iAdapterConfig(t2i: T2iAdapterConfig): Record<string, unknown> {
  return {
    _class_name: 'T2IAdapter',
    _diffusers_version: '0.16.0.dev0',
    adapter_type: 'full_adapter',
    channels: t2i.levels,
    downscale_factor: t2i.patchSize,
    in_channels: t2i.hintChannels,
    num_res_blocks: t2i.blocks,
  };
}
