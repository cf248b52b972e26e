import type { AdapterConfig } from '@stable-pose/core/contract';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { controlNetRenamer, t2iAdapterRenamer } from './diffusers-adapter-keys.ts';
import { unetRenamer } from './diffusers-unet-keys.ts';
import { vaeRenamer } from './diffusers-vae-keys.ts';
import { renameTensors } from './renamed-checkpoint.ts';

/** Where the single-file layout of Stable Diffusion 1, and the adapters' checkpoints, keep each network. */
export const layoutPrefixes = {
  unet: 'model.diffusion_model.',
  vae: 'first_stage_model.',
  text: 'cond_stage_model.transformer.text_model.',
  adapter: 'stable_pose_adapter.',
  controlNet: 'control_model.',
  /** T2I-Adapters come alone, under bare names. */
  t2iAdapter: '',
} as const;

/** Which keys are an adapter's, by its kind. */
export const adapterKeys = {
  'stable-pose': /^stable_pose_adapter\./,
  controlnet: /^control_model\./,
  't2i-adapter': /^(conv_in|body\.\d+)\./,
} as const satisfies Record<AdapterConfig['kind'], RegExp>;

const olderText = 'cond_stage_model.transformer.';

/**
 * A single file under the names of the first release of Stable Diffusion 1: text encoders that were saved without
 * `text_model.` get it, and a wrapper's `module.` goes.
 */
export function fromSingleFile(checkpoint: Checkpoint): Checkpoint {
  const wrapped = [...checkpoint.tensors.keys()].every((key) => key.startsWith('module.'));
  return renameTensors(checkpoint, ({ key }) => {
    const name = wrapped ? key.slice('module.'.length) : key;
    const tail = name.startsWith(olderText) ? name.slice(olderText.length) : '';
    return { key: /^(embeddings|encoder|final_layer_norm)\./.test(tail) ? layoutPrefixes.text + tail : name };
  });
}

/** A `unet/` folder's file under upstream names. */
export function fromDiffusersUnet(checkpoint: Checkpoint): Checkpoint {
  const rename = unetRenamer(checkpoint.tensors.keys());
  return renameTensors(checkpoint, (entry) => {
    const key = rename(entry.key);
    if (key === undefined) return undefined;
    return { key: layoutPrefixes.unet + key, shape: convolutionShape(entry, /\.proj_(in|out)\.weight$/) };
  });
}

/** A `text_encoder/` folder's file under upstream names. */
export function fromDiffusersText(checkpoint: Checkpoint): Checkpoint {
  return renameTensors(checkpoint, ({ key }) => {
    const tail = key.replace(/^text_model\./, '');
    if (!/^(embeddings|encoder|final_layer_norm)\./.test(tail)) return undefined;
    return { key: layoutPrefixes.text + tail };
  });
}

/**
 * A VAE on its own under upstream names: a `vae/` folder's file, a single file with or without the prefix
 * `first_stage_model.`, or a whole model's file, of which the rest is left as it is.
 */
export function fromVae(checkpoint: Checkpoint): Checkpoint {
  const keys = [...checkpoint.tensors.keys()];
  if (keys.some((key) => key.startsWith(layoutPrefixes.vae))) return checkpoint;
  const isDiffusers = keys.some((key) => /^decoder\.(up_blocks|mid_block)\./.test(key));
  const rename = isDiffusers
    ? vaeRenamer(keys)
    : (key: string) => (/^(encoder|decoder|quant_conv|post_quant_conv)\./.test(key) ? key : undefined);
  return renameTensors(checkpoint, (entry) => {
    const key = rename(entry.key);
    if (key === undefined) return undefined;
    return {
      key: layoutPrefixes.vae + key,
      shape: convolutionShape(
        entry,
        /\.attentions\.0\.(to_[qkv]|to_out\.0|query|key|value|proj_attn)\.weight$/,
      ),
    };
  });
}

/** A Stable-Pose adapter on its own gets its prefix; other files stay as they are. */
export function fromAdapter(checkpoint: Checkpoint): Checkpoint {
  const keys = [...checkpoint.tensors.keys()];
  if (!keys.some((key) => key.startsWith('feature_extractor.'))) return checkpoint;
  return renameTensors(checkpoint, ({ key }) => ({ key: layoutPrefixes.adapter + key }));
}

/** A ControlNet on its own, in either layout, under upstream names with their prefix; other files stay as they are. */
export function fromControlNet(checkpoint: Checkpoint): Checkpoint {
  const keys = [...checkpoint.tensors.keys()];
  const isDiffusers = keys.some((key) => key.startsWith('controlnet_cond_embedding.'));
  if (!isDiffusers && !keys.some((key) => key.startsWith('input_hint_block.'))) return checkpoint;
  const rename = isDiffusers ? controlNetRenamer(keys) : (key: string) => key;
  return renameTensors(checkpoint, (entry) => {
    const key = rename(entry.key);
    if (key === undefined) return undefined;
    return {
      key: layoutPrefixes.controlNet + key,
      shape: convolutionShape(entry, /\.proj_(in|out)\.weight$/),
    };
  });
}

/** A T2I-Adapter in either layout under its authors' names. */
export function fromT2iAdapter(checkpoint: Checkpoint): Checkpoint {
  const keys = [...checkpoint.tensors.keys()];
  if (!keys.some((key) => key.startsWith('adapter.'))) return checkpoint;
  const rename = t2iAdapterRenamer(keys);
  return renameTensors(checkpoint, ({ key }) => {
    const name = rename(key);
    return name === undefined ? undefined : { key: layoutPrefixes.t2iAdapter + name };
  });
}

/** Upstream stores as 1x1 convolutions what diffusers may store as matrices; the elements are the same. */
function convolutionShape({ key, shape }: TensorEntry, pattern: RegExp): readonly number[] | undefined {
  return shape.length === 2 && pattern.test(key) ? [...shape, 1, 1] : undefined;
}
