import { dirname, relative, sep } from 'node:path';
import type { CopiedWeight, ExternalData } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import type { GraphPlan, WeightUse } from './graph-builder.ts';
import {
  type ElementType,
  elementBytes,
  type Initializer,
  type OnnxGraph,
  type OnnxNode,
} from './onnx-graph.ts';
import type { WeightCheckpoint, WeightTensor } from './weight-checkpoint.ts';

export interface FoundWeights {
  readonly graph: OnnxGraph;
  readonly externalData: readonly ExternalData[];
  readonly copied: readonly CopiedWeight[];
  /** Bytes of float16 weights that the graph casts to float32: a CPU runtime holds twice as many instead. */
  readonly castBytes: number;
  /** Bytes of all weights as the graph computes with them (float32). */
  readonly weightBytes: number;
}

/** Copies are gathered in pieces of this size at most: one typed array cannot hold everything. */
const copyPieceBytes = 512 * 1024 * 1024;

/**
 * Finds where each weight of a plan lies. Contiguous float32 and float16 tensors stay in their files; everything else
 * (bfloat16, float64, integers, strided views, compressed entries) is copied, and listed.
 * @param checkpoints by the source names that the plan uses
 * @throws tensor-mismatch naming every tensor that is missing or has another shape
 */
export async function findWeights(
  plan: GraphPlan,
  checkpoints: Readonly<Record<string, WeightCheckpoint>>,
): Promise<FoundWeights> {
  const found = plan.weights.map((use) => ({ use, tensor: checkpoints[use.source]?.tensors.get(use.key) }));
  refuseMismatches(plan.name, found);

  const files = new Set<string>();
  for (const { tensor } of found) {
    if (tensor?.inPlace && isFloat(tensor)) files.add(tensor.inPlace.file);
  }
  const locations = locationsOf([...files]);
  const copies = new CopyStore();
  const initializers: Initializer[] = [...plan.constants];
  const casts: OnnxNode[] = [];
  const copied: CopiedWeight[] = [];
  let castBytes = 0;
  let weightBytes = 0;

  for (const { use, tensor } of found) {
    if (!tensor) continue;
    const half = tensor.dtype === 'f16';
    const type: ElementType = half ? 'float16' : 'float32';
    const name = half && !use.anyFloat ? `${use.name} f16` : use.name;
    const elements = use.shape.reduce((product, dim) => product * dim, 1);
    weightBytes += elements * (use.anyFloat ? elementBytes[type] : 4);
    if (name !== use.name) {
      castBytes += elements * 2;
      casts.push({ opType: 'Cast', domain: '', inputs: [name], outputs: [use.name], attributes: { to: 1 } });
    }
    if (tensor.inPlace && isFloat(tensor)) {
      const { file, offset, length } = tensor.inPlace;
      const location = locations.get(file)!;
      initializers.push({ name, type, dims: use.dims, data: { kind: 'external', location, offset, length } });
      continue;
    }
    const checkpoint = checkpoints[use.source]!;
    const bytes = half ? await checkpoint.read(use.key) : bytesOf(await checkpoint.readFloat32(use.key));
    initializers.push({ name, type, dims: use.dims, data: copies.add(bytes) });
    copied.push({
      key: use.key,
      reason: isFloat(tensor) ? 'not contiguous in its file' : `${tensor.dtype} becomes float32`,
      bytes: bytes.length,
    });
  }

  return {
    graph: {
      name: plan.name,
      inputs: plan.inputs,
      outputs: plan.outputs,
      nodes: [...casts, ...plan.nodes],
      initializers,
    },
    externalData: [
      ...[...locations].map(([path, location]): ExternalData => ({ location, kind: 'file', path })),
      ...copies.finish(),
    ],
    copied,
    castBytes,
    weightBytes,
  };
}

/**
 * Names for files by which one folder finds them all: each path's tail below the files' deepest common folder, with
 * forward slashes. onnxruntime refuses absolute locations and `..`.
 */
export function locationsOf(files: readonly string[]): Map<string, string> {
  if (files.length === 0) return new Map();
  let folder = dirname(files[0]!);
  const inside = (file: string) => file.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  while (!files.every(inside) && dirname(folder) !== folder) folder = dirname(folder);
  return new Map(files.map((file) => [file, relative(folder, file).split(sep).join('/')]));
}

const isFloat = (tensor: WeightTensor): boolean => tensor.dtype === 'f32' || tensor.dtype === 'f16';

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function refuseMismatches(
  graph: string,
  found: readonly { readonly use: WeightUse; readonly tensor: WeightTensor | undefined }[],
): void {
  const missing = found.filter(({ tensor }) => !tensor).map(({ use }) => use.key);
  const misshaped = found
    .filter(({ use, tensor }) => tensor && tensor.shape.join() !== use.shape.join())
    .map(({ use, tensor }) => `${use.key} [${tensor?.shape}] instead of [${use.shape}]`);
  if (missing.length === 0 && misshaped.length === 0) return;
  const some = (list: readonly string[]) =>
    list.slice(0, 5).join(', ') + (list.length > 5 ? ` and ${list.length - 5} more` : '');
  const parts = [
    missing.length > 0 ? `${missing.length} missing (${some(missing)})` : '',
    misshaped.length > 0 ? `${misshaped.length} of another shape (${some(misshaped)})` : '',
  ].filter(Boolean);
  throw new StablePoseError(
    'tensor-mismatch',
    `The graph ${graph} needs tensors that the checkpoint does not have as expected: ${parts.join('; ')}.`,
    { remedy: 'Check that the file is of this architecture.', details: { missing, misshaped } },
  );
}

/** Gathers copies in a few large pieces that graphs name like files. */
class CopyStore {
  private readonly pieces: { location: string; parts: Uint8Array[]; length: number }[] = [];

  add(bytes: Uint8Array): Initializer['data'] {
    let piece = this.pieces[this.pieces.length - 1];
    if (!piece || piece.length + bytes.length > copyPieceBytes) {
      piece = { location: `copied-${this.pieces.length}`, parts: [], length: 0 };
      this.pieces.push(piece);
    }
    const offset = piece.length;
    piece.parts.push(bytes);
    piece.length += bytes.length;
    return { kind: 'external', location: piece.location, offset, length: bytes.length };
  }

  finish(): ExternalData[] {
    return this.pieces.map(({ location, parts, length }) => {
      const bytes = new Uint8Array(length);
      let offset = 0;
      for (const part of parts) {
        bytes.set(part, offset);
        offset += part.length;
      }
      parts.length = 0;
      return { location, kind: 'bytes', bytes };
    });
  }
}
