import { StablePoseError } from '@stable-pose/core/errors';
import { hasFile, type ModelFiles } from '../files/model-files.ts';
import { joinPath } from '../files/path-names.ts';
import type { Checkpoint } from './checkpoint.ts';
import { describeTensors, refuseOtherFamilies } from './describe-tensors.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { joinCheckpoints } from './sharded.ts';
import { fromDiffusersText, fromDiffusersUnet, fromSingleFile, fromVae } from './upstream-layout.ts';

export interface OpenStableDiffusionOptions {
  /** Which weights of a diffusers folder: `fp16` names `*.fp16.safetensors`. Left out: the full ones where they are. */
  readonly variant?: string;
}

/** Names that the diffusers library gives the weights of a part, without variant. */
const weightNames: Readonly<Record<string, readonly string[]>> = {
  unet: ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.bin'],
  vae: ['diffusion_pytorch_model.safetensors', 'diffusion_pytorch_model.bin'],
  text_encoder: ['model.safetensors', 'pytorch_model.bin'],
};

/**
 * Opens Stable Diffusion 1 (also with an adapter in the same file) under the names of its first release, whichever layout it
 * lies in: one file, or a folder with `unet/`, `vae/` and `text_encoder/`.
 * @throws file-not-found, model-not-found, checkpoint-corrupt, checkpoint-unsupported, architecture-unsupported
 */
export async function openStableDiffusion(
  files: ModelFiles,
  path: string,
  options: OpenStableDiffusionOptions = {},
): Promise<Checkpoint> {
  if (files.kindOf(path) === 'folder') return openDiffusersFolder(files, path, options);
  return openAs(files, path, (checkpoint) => {
    const description = describeTensors(checkpoint.tensors);
    refuseOtherFamilies(description, path);
    if (description.layout === 'diffusers') {
      throw new StablePoseError(
        'architecture-unsupported',
        `${path} holds one part (${description.parts.join(', ')}) of a model in the diffusers layout.`,
        { remedy: 'Give the folder in which unet/, vae/ and text_encoder/ lie.', details: { file: path } },
      );
    }
    return fromSingleFile(checkpoint);
  });
}

/**
 * Opens a VAE of one's own under `first_stage_model.`: a single file in either layout, a `vae/` folder, or a whole model.
 * @throws as {@link openStableDiffusion}
 */
export async function openVae(
  files: ModelFiles,
  path: string,
  options: OpenStableDiffusionOptions = {},
): Promise<Checkpoint> {
  const isFolder = files.kindOf(path) === 'folder';
  const inner = isFolder && hasFile(files, joinPath(path, 'vae')) ? joinPath(path, 'vae') : path;
  const file = isFolder ? findWeights(files, inner, 'vae', options.variant) : path;
  return openAs(files, file, (checkpoint) => {
    if (!describeTensors(checkpoint.tensors).parts.includes('vae')) {
      throw new StablePoseError('architecture-unsupported', `${file} holds no VAE of Stable Diffusion.`, {
        remedy: 'Give a VAE (decoder.* and encoder.*) or a model that has one.',
        details: { file },
      });
    }
    return fromVae(checkpoint);
  });
}

async function openDiffusersFolder(
  files: ModelFiles,
  path: string,
  { variant }: OpenStableDiffusionOptions,
): Promise<Checkpoint> {
  const weights = {
    unet: findWeights(files, joinPath(path, 'unet'), 'unet', variant),
    vae: findWeights(files, joinPath(path, 'vae'), 'vae', variant),
    text: findWeights(files, joinPath(path, 'text_encoder'), 'text_encoder', variant),
  };
  const opened: Checkpoint[] = [];
  try {
    opened.push(
      await openAs(files, weights.unet, (checkpoint) => {
        refuseOtherFamilies(describeTensors(checkpoint.tensors), path);
        return fromDiffusersUnet(checkpoint);
      }),
    );
    opened.push(await openAs(files, weights.vae, fromVae));
    opened.push(await openAs(files, weights.text, fromDiffusersText));
    return joinCheckpoints(opened);
  } catch (error) {
    await Promise.all(opened.map((checkpoint) => checkpoint.close()));
    throw error;
  }
}

/** The file of weights in a diffusers folder: the variant asked for; else the full ones, else those of 16 bits. */
function findWeights(files: ModelFiles, folder: string, part: string, variant: string | undefined): string {
  const names = namesOf(part, variant);
  const found = names.find((name) => hasFile(files, joinPath(folder, name)));
  if (found) return joinPath(folder, found);
  throw new StablePoseError(
    'model-not-found',
    `${files.resolve(folder)} holds none of ${names.join(', ')}.`,
    {
      remedy: 'Fetch that part of the model.',
      details: { folder: files.resolve(folder), names },
    },
  );
}

/** The weights of one network in a folder under the names that diffusers gives them; undefined when there are none. */
export function networkWeightsIn(files: ModelFiles, folder: string): string | undefined {
  const found = namesOf('unet', undefined).find((name) => hasFile(files, joinPath(folder, name)));
  return found === undefined ? undefined : joinPath(folder, found);
}

function namesOf(part: string, variant: string | undefined): readonly string[] {
  const variants = variant === undefined ? [undefined, 'fp16'] : [variant];
  return variants.flatMap((one) => weightNames[part].flatMap((name) => withVariant(name, one)));
}

/** A name's forms with a variant: whole, and as the index of its shards. */
function withVariant(name: string, variant: string | undefined): string[] {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = [name.slice(0, dot), name.slice(dot)];
  if (variant === undefined) return [name, `${name}.index.json`];
  return [
    `${stem}.${variant}${ending}`,
    `${stem}${ending}.index.${variant}.json`,
    `${stem}.${variant}${ending}.index.json`,
  ];
}

async function openAs(
  files: ModelFiles,
  path: string,
  arrange: (checkpoint: Checkpoint) => Checkpoint,
): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(files, path);
  try {
    return arrange(checkpoint);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}
