import type { AdapterConfig } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import type { ModelFiles } from '../files/model-files.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CheckpointPart, describeTensors, refuseOtherFamilies } from './describe-tensors.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { fromAdapter, fromControlNet, fromSingleFile, fromT2iAdapter } from './upstream-layout.ts';

export type AdapterKind = AdapterConfig['kind'];

const kindOfPart: Partial<Record<CheckpointPart, AdapterKind>> = {
  'stable-pose-adapter': 'stable-pose',
  controlnet: 'controlnet',
  't2i-adapter': 't2i-adapter',
};

/** Tensors of ControlNets in forms that are not read. */
const unreadForms: readonly (readonly [key: string, what: string, remedy: string])[] = [
  ['lora_controlnet', 'a Control-LoRA, a part of a ControlNet', 'Use the whole ControlNet.'],
  [
    'difference',
    'the difference of a ControlNet to a base model',
    'Use the ControlNet that it was made from.',
  ],
];

/**
 * Opens an adapter of Stable Diffusion 1 under its authors' names (see {@link import('./upstream-layout.ts').layoutPrefixes}):
 * a file with the adapter alone, in its authors' layout or the diffusers library's, or one that holds a base model as well.
 * @param kind the one that is meant, where a file holds several
 * @throws file-not-found, checkpoint-corrupt, checkpoint-unsupported, architecture-unsupported
 */
export async function openAdapterCheckpoint(
  files: ModelFiles,
  path: string,
  kind?: AdapterKind,
): Promise<{ readonly kind: AdapterKind; readonly checkpoint: Checkpoint }> {
  const checkpoint = await openCheckpoint(files, path);
  try {
    const found = kindIn(checkpoint, path, kind);
    return { kind: found, checkpoint: arranged(checkpoint, found) };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

function arranged(checkpoint: Checkpoint, kind: AdapterKind): Checkpoint {
  switch (kind) {
    case 'stable-pose':
      return fromSingleFile(fromAdapter(checkpoint));
    case 'controlnet':
      return fromSingleFile(fromControlNet(checkpoint));
    case 't2i-adapter':
      return fromT2iAdapter(checkpoint);
    default:
      throw new StablePoseError('internal', `No adapter is of kind ${kind satisfies never}.`);
  }
}

function kindIn(checkpoint: Checkpoint, file: string, asked: AdapterKind | undefined): AdapterKind {
  for (const [key, what, remedy] of unreadForms) {
    if (checkpoint.tensors.has(key)) {
      throw new StablePoseError('architecture-unsupported', `${file} is ${what}.`, {
        remedy,
        details: { file },
      });
    }
  }
  const description = describeTensors(checkpoint.tensors);
  const kinds = description.parts.flatMap((part) => kindOfPart[part] ?? []);
  if (kinds.length > 0) refuseOtherFamilies(description, file);
  const [first] = kinds;
  if (asked !== undefined && kinds.includes(asked)) return asked;
  if (asked === undefined && kinds.length === 1 && first !== undefined) return first;
  const held = description.parts.length > 0 ? `; it holds ${description.parts.join(', ')}` : '';
  throw new StablePoseError(
    'architecture-unsupported',
    kinds.length > 1 && asked === undefined
      ? `${file} holds several adapters: ${kinds.join(', ')}.`
      : `${file} holds no ${asked === undefined ? 'pose adapter' : `adapter of kind ${asked}`}${held}.`,
    {
      remedy:
        kinds.length > 1
          ? 'Say which kind is meant.'
          : 'Give a Stable-Pose adapter (stable_pose_adapter.*), a ControlNet (control_model.*) or a T2I-Adapter (body.*).',
      details: { file, parts: description.parts },
    },
  );
}
