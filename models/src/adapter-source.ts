import type { AdapterPart, AdapterSource, GraphOptions, GraphSource } from '@stable-pose/core/contract';
import { adapterGraphs } from './adapter-graphs.ts';
import type { AdapterKind } from './checkpoint/open-adapter-checkpoint.ts';
import type { ModelFiles } from './files/model-files.ts';
import type { ModelSettings } from './model-settings.ts';
import { shapesOf } from './model-source.ts';
import { compileGraph } from './onnx/compile-graph.ts';
import type { WeightCheckpoint } from './onnx/weight-checkpoint.ts';

/** Everything that an adapter source is made of, opened and read. */
export interface AdapterParts {
  readonly kind: AdapterKind;
  /** Under its authors' names. */
  readonly checkpoint: WeightCheckpoint;
  readonly settings: ModelSettings;
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/**
 * An adapter whose graphs are built when they are asked for.
 * @throws tensor-mismatch, architecture-unsupported when the tensors are no adapter of its kind
 */
export function createAdapterSource(files: ModelFiles, parts: AdapterParts): AdapterSource {
  const graphs = adapterGraphs(parts.kind, shapesOf(parts.checkpoint), parts.settings);
  const scratch = files.scratch();
  return {
    config: graphs.config,
    warnings: parts.warnings,
    async graph(part: AdapterPart, options: GraphOptions = {}): Promise<GraphSource> {
      const graph = graphs.plan(part, options);
      return compileGraph(graph, { model: parts.checkpoint }, scratch, files.cut);
    },
    async dispose() {
      await scratch.dispose();
      await parts.close();
    },
  };
}
