import type { GraphRuntime } from '../../packages/core/src/runtime/graph-runtime.ts';
import { float32, type Tensor } from '../../packages/core/src/tensor/index.ts';
import { loadModel } from './architectures/run-graph.ts';

/** onnxruntime-node behind core's port, in this process: enough to compare graphs. */
export const plainRuntime: GraphRuntime = {
  provider: 'cpu',
  description: 'cpu, this process',
  async load(source) {
    const graph = await loadModel(source.model, source.externalData);
    return {
      inputNames: [],
      outputNames: [],
      async run(inputs) {
        const fed = Object.entries(inputs as Readonly<Record<string, Tensor>>).map(
          ([name, { dims, data }]) => [name, { dims, data: data as Float32Array }] as const,
        );
        const outputs = await graph.run(Object.fromEntries(fed));
        return Object.fromEntries(
          Object.entries(outputs).map(([name, { dims, data }]) => [name, float32(dims, data)]),
        );
      },
      dispose: () => graph.release(),
    };
  },
  async dispose() {},
};
