import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { compileGraph } from '../../../models/src/onnx/compile-graph.ts';
import type { GraphPlan } from '../../../models/src/onnx/graph-builder.ts';
import type { WeightCheckpoint } from '../../../models/src/onnx/weight-checkpoint.ts';
import type { ExternalData } from '../../../packages/core/src/contract/graphs.ts';

export interface Fed {
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export type Outputs = Readonly<
  Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>
>;

export interface LoadedGraph {
  run(inputs: Readonly<Record<string, Fed>>): Promise<Outputs>;
  release(): Promise<void>;
}

/** Compiles a plan and loads it in onnxruntime-node on the CPU, weights where they lie. */
export async function loadGraph(
  plan: GraphPlan,
  checkpoints: Readonly<Record<string, WeightCheckpoint>>,
): Promise<LoadedGraph> {
  const { model, externalData } = await compileGraph(plan, checkpoints);
  return loadModel(model, externalData);
}

export async function loadModel(
  model: Uint8Array,
  externalData: readonly ExternalData[],
): Promise<LoadedGraph> {
  const folder = folderOf(externalData);
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    externalData: externalData.flatMap((data) =>
      data.kind === 'bytes' ? [{ path: data.location, data: data.bytes }] : [],
    ),
    ...(folder ? { extra: { session: { model_external_initializers_file_folder_path: folder } } } : {}),
  });
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { dims, data }]) => [
          name,
          data instanceof Int32Array
            ? new ort.Tensor('int32', data, dims)
            : new ort.Tensor('float32', data, dims),
        ]),
      );
      const results = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => [
          name,
          { dims: value.dims, data: value.data as Float32Array },
        ]),
      );
    },
    release: () => session.release(),
  };
}

/** The folder under which every file's location is its tail. */
export function folderOf(externalData: readonly ExternalData[]): string | undefined {
  const file = externalData.find((data) => data.kind === 'file');
  return file?.kind === 'file' ? file.path.slice(0, -file.location.length) : undefined;
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
