import { StablePoseError } from '@stable-pose/core/errors';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { describeTensors, refuseOtherFamilies } from './describe-tensors.ts';

export interface TextualInversion {
  /** What the file calls it: its own name or the token that it was trained under. Undefined when it does not say. */
  readonly token: string | undefined;
  /** Rows of `width` values: one word in a prompt stands for all of them in order. */
  readonly vectors: readonly Float32Array[];
  readonly width: number;
}

/** More tokens than a prompt has. */
const mostVectors = 75;

/**
 * Reads a learned embedding (arXiv 2208.01618) as AUTOMATIC1111 (`string_to_param`, `emb_params`) or diffusers
 * (`{ token: tensor }`) write it.
 * @param width of the text encoder
 * @throws architecture-unsupported for SDXL's pairs; tensor-mismatch when it is no embedding or of another width
 */
export async function readTextualInversion(checkpoint: Checkpoint, width: number): Promise<TextualInversion> {
  const file = checkpoint.files.join(', ');
  refuseOtherFamilies(describeTensors(checkpoint.tensors), file);
  const entries = [...checkpoint.tensors.values()];
  const wrong = (what: string) =>
    new StablePoseError('tensor-mismatch', `${file} is no embedding of this model: ${what}.`, {
      remedy: `Use a textual inversion for Stable Diffusion 1, whose vectors are ${width} wide.`,
      details: { file, width },
    });
  const params = entries.filter(({ key }) => key.startsWith('string_to_param.') || key === 'emb_params');
  const candidates = params.length > 0 ? params : entries;
  const [entry] = candidates;
  if (candidates.length !== 1 || !entry) throw wrong(`it holds ${candidates.length} tensors`);
  const { shape } = entry;
  const rows = shape.length === 1 ? 1 : shape[0];
  if (
    shape.length < 1 ||
    shape.length > 2 ||
    shape[shape.length - 1] !== width ||
    rows < 1 ||
    rows > mostVectors
  ) {
    throw wrong(`its tensor is [${shape}]`);
  }
  const values = await checkpoint.readFloat32(entry.key);
  if (!values.every(Number.isFinite)) throw wrong('its vectors hold values that are no numbers');
  return {
    token: tokenOf(checkpoint, entry, params.length > 0),
    vectors: Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width)),
    width,
  };
}

function tokenOf(checkpoint: Checkpoint, { key }: TensorEntry, isAutomatic: boolean): string | undefined {
  const token = isAutomatic ? checkpoint.metadata.get('name') : key;
  return token?.trim() || undefined;
}
