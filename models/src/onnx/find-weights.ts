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
import type { InPlaceRange, WeightCheckpoint, WeightTensor } from './weight-checkpoint.ts';
import { type CutFiles, cutWeightFiles, type WeightPlaces, wholeWeightFiles } from './weight-places.ts';
import type { WeightScratch } from './weight-scratch.ts';

export interface FoundWeights {
  readonly graph: OnnxGraph;
  readonly externalData: readonly ExternalData[];
  /** What is not used where it lies as it is: bytes that were copied, and bytes that the runtime casts. */
  readonly copied: readonly CopiedWeight[];
  /** Bytes of all weights as the graph computes with them. */
  readonly weightBytes: number;
}

/** Copies up to this many bytes a graph are written into the graph; beyond, into the scratch file. */
const inlineCopyBytes = 64 * 1024 * 1024;

/** Element types that a graph can take from a file as they are; all but float32 pass a Cast. */
const fileTypes: Readonly<Record<string, ElementType>> = {
  f32: 'float32',
  f16: 'float16',
  bf16: 'bfloat16',
  f64: 'float64',
};

/**
 * Finds where each weight of a plan lies. Contiguous floats of any width stay in their files; what is not float32 passes a
 * Cast, which onnxruntime does once, while it loads. Everything else (strided views, compressed entries, integers) is copied.
 * @param checkpoints by the source names that the plan uses
 * @param scratch takes copies that are too many for the graph itself; without it they all go into the graph
 * @param cut gives ranges of files, so that a graph's data is no more than its weights; left out: whole files by their paths
 * @throws tensor-mismatch naming every tensor that is missing or has another shape
 */
export async function findWeights(
  plan: GraphPlan,
  checkpoints: Readonly<Record<string, WeightCheckpoint>>,
  scratch?: WeightScratch,
  cut?: CutFiles,
): Promise<FoundWeights> {
  const found = plan.weights.map((use) => ({ use, tensor: checkpoints[use.source]?.tensors.get(use.key) }));
  refuseMismatches(plan.name, found);

  const copied: CopiedWeight[] = [];
  const placed: { use: WeightUse; type: ElementType; place: InPlaceRange | Uint8Array }[] = [];
  const copyBytes = found
    .filter(({ tensor }) => tensor && !staysInPlace(tensor))
    .reduce((sum, { use }) => sum + elementsOf(use) * 4, 0);
  const toScratch = scratch !== undefined && copyBytes > inlineCopyBytes;
  let weightBytes = 0;

  for (const { use, tensor } of found) {
    if (!tensor) continue;
    const elements = elementsOf(use);
    if (staysInPlace(tensor)) {
      const type = fileTypes[tensor.dtype]!;
      const asItIs = type === 'float32' || (type === 'float16' && use.anyFloat);
      weightBytes += elements * (asItIs ? elementBytes[type] : 4);
      if (!asItIs) {
        copied.push({
          key: use.key,
          reason: `${tensor.dtype}, cast to float32 by the runtime`,
          bytes: elements * 4,
        });
      }
      placed.push({ use, type, place: tensor.inPlace! });
      continue;
    }
    const checkpoint = checkpoints[use.source]!;
    const read = async () => bytesOf(await checkpoint.readFloat32(use.key));
    const place = toScratch ? await scratch.place(`${use.source} ${use.key}`, read) : await read();
    const reason = fileTypes[tensor.dtype]
      ? 'not contiguous in its file'
      : `${tensor.dtype}, read as float32`;
    copied.push({ key: use.key, reason, bytes: elements * 4 });
    weightBytes += elements * 4;
    placed.push({ use, type: 'float32', place });
  }

  const ranges = placed.flatMap(({ place }) => (place instanceof Uint8Array ? [] : [place]));
  const places: WeightPlaces = cut ? cutWeightFiles(ranges, cut) : wholeWeightFiles(ranges);
  const initializers: Initializer[] = [...plan.constants];
  const casts: OnnxNode[] = [];
  for (const { use, type, place } of placed) {
    const asItIs = type === 'float32' || (type === 'float16' && use.anyFloat);
    const name = asItIs ? use.name : `${use.name} ${type}`;
    if (!asItIs) {
      casts.push({ opType: 'Cast', domain: '', inputs: [name], outputs: [use.name], attributes: { to: 1 } });
    }
    const data: Initializer['data'] =
      place instanceof Uint8Array
        ? { kind: 'inline', bytes: place }
        : {
            kind: 'external',
            ...places.locate(place),
            length: place.length,
          };
    initializers.push({ name, type, dims: use.dims, data });
  }

  return {
    graph: {
      name: plan.name,
      inputs: plan.inputs,
      outputs: plan.outputs,
      nodes: [...casts, ...plan.nodes],
      initializers,
    },
    externalData: places.externalData,
    copied,
    weightBytes,
  };
}

const elementsOf = (use: WeightUse): number => use.shape.reduce((product, dim) => product * dim, 1);

const staysInPlace = (tensor: WeightTensor): boolean =>
  tensor.inPlace !== undefined && fileTypes[tensor.dtype] !== undefined;

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
