import { hasFile, type ModelFiles } from '../files/model-files.ts';
import { joinPath } from '../files/path-names.ts';
import type { Checkpoint } from './checkpoint.ts';
import { bytesPerElement, type DataType } from './data-type.ts';
import { type CheckpointPart, describeTensors, type ModelFamily } from './describe-tensors.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import { networkWeightsIn, openStableDiffusion } from './open-stable-diffusion.ts';

/** What a file or folder of weights holds, for people and programs. JSON values only. */
export interface CheckpointSummary {
  readonly files: readonly string[];
  readonly family: ModelFamily;
  readonly layout: 'single-file' | 'diffusers' | 'bare';
  readonly parts: readonly CheckpointPart[];
  /** A UNet with nine input channels, which paints into masks. */
  readonly inpainting: boolean;
  readonly tensors: number;
  readonly parameters: number;
  readonly bytes: number;
  /** By element type. */
  readonly types: readonly {
    readonly dtype: DataType;
    readonly tensors: number;
    readonly parameters: number;
  }[];
  /** By the first parts of the names, in the file's order: the most telling ones. */
  readonly groups: readonly {
    readonly prefix: string;
    readonly tensors: number;
    readonly parameters: number;
  }[];
  /** Bytes that are used where they lie, and bytes that must be copied (strided or compressed). */
  readonly inPlaceBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

const mostGroups = 50;
const longestMetadata = 200;

/**
 * Reads names and shapes of a checkpoint (file, index, or diffusers folder) and tells what it is; no weights are read.
 * Other families than Stable Diffusion 1 are told, not refused.
 * @throws file-not-found, model-not-found, checkpoint-corrupt, checkpoint-unsupported
 */
export async function inspectCheckpoint(files: ModelFiles, path: string): Promise<CheckpointSummary> {
  const isFolder = files.kindOf(path) === 'folder' && hasFile(files, joinPath(path, 'unet'));
  const checkpoint = isFolder
    ? await openStableDiffusion(files, path)
    : await openCheckpoint(files, networkWeightsIn(files, path) ?? path);
  try {
    const summary = summarise(checkpoint);
    return isFolder ? { ...summary, layout: 'diffusers' } : summary;
  } finally {
    await checkpoint.close();
  }
}

function summarise(checkpoint: Checkpoint): CheckpointSummary {
  const description = describeTensors(checkpoint.tensors);
  const types = new Map<string, { tensors: number; parameters: number }>();
  const groups = new Map<string, { tensors: number; parameters: number }>();
  let [parameters, bytes, inPlaceBytes] = [0, 0, 0];
  for (const { key, dtype, shape, inPlace } of checkpoint.tensors.values()) {
    const count = shape.reduce((product, side) => product * side, 1);
    const size = count * bytesPerElement[dtype];
    parameters += count;
    bytes += size;
    if (inPlace) inPlaceBytes += size;
    addTo(types, dtype, count);
    addTo(groups, groupOf(key), count);
  }
  const listed = (map: Map<string, { tensors: number; parameters: number }>) => [...map].slice(0, mostGroups);
  return {
    files: checkpoint.files,
    family: description.family,
    layout: description.layout,
    parts: description.parts,
    inpainting: description.inputChannels === 9,
    tensors: checkpoint.tensors.size,
    parameters,
    bytes,
    types: listed(types).map(([dtype, counts]) => ({ dtype: dtype as DataType, ...counts })),
    groups: listed(groups).map(([prefix, counts]) => ({ prefix, ...counts })),
    inPlaceBytes,
    metadata: Object.fromEntries(
      [...checkpoint.metadata]
        .filter(([name, value]) => name !== '__proto__' && value.length <= longestMetadata)
        .slice(0, mostGroups),
    ),
    warnings: checkpoint.warnings,
  };
}

function addTo(map: Map<string, { tensors: number; parameters: number }>, name: string, count: number): void {
  const entry = map.get(name) ?? { tensors: 0, parameters: 0 };
  entry.tensors++;
  entry.parameters += count;
  map.set(name, entry);
}

/** The network that a name belongs to. */
function groupOf(key: string): string {
  const lora = /^lora_(unet|te\d?)_/.exec(key);
  if (lora) return lora[0];
  const parts = key.split('.');
  if (parts.length < 2) return key.slice(0, 60);
  const depth = parts[0] === 'model' || parts[0] === 'cond_stage_model' ? 2 : 1;
  return `${parts.slice(0, depth).join('.')}.`.slice(0, 60);
}
