import {
  type AdapterConfig,
  type AdapterPart,
  type AdapterSource,
  adapterConfigSchema,
  type GraphOptions,
  type GraphSource,
} from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import {
  hintEncoder,
  readStablePoseAdapterConfig,
  type StablePoseAdapterConfig,
  stablePoseAdapter,
} from './architectures/stable-pose-adapter.ts';
import { skipsOf } from './architectures/unet-config.ts';
import type { ModelFiles } from './files/model-files.ts';
import type { ModelSettings } from './model-settings.ts';
import { formsOf, placeWeights, shapesOf } from './model-source.ts';
import { compileGraph } from './onnx/compile-graph.ts';
import type { GraphPlan } from './onnx/graph-builder.ts';
import type { WeightCheckpoint } from './onnx/weight-checkpoint.ts';

export interface AdapterParts {
  readonly checkpoint: WeightCheckpoint;
  /** Prefix of the adapter's keys, with the trailing dot. */
  readonly prefix: string;
  readonly settings: ModelSettings;
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** An adapter's sizes, and the plans of its graphs. */
export interface AdapterGraphs {
  readonly config: AdapterConfig;
  plan(part: AdapterPart, options?: GraphOptions): GraphPlan;
}

/** @throws tensor-mismatch when the tensors are no Stable-Pose adapter, or its layers are not as many as the kernels */
export function adapterGraphs({ checkpoint, prefix, settings }: AdapterParts): AdapterGraphs {
  const config = readStablePoseAdapterConfig(shapesOf(checkpoint), prefix, settings.adapter);
  const { kernels } = settings.adapter;
  if (kernels.length !== config.vit.layers) {
    throw new StablePoseError(
      'tensor-mismatch',
      `The adapter has ${config.vit.layers} masked attention layers, but its config names ${kernels.length} mask kernels (${kernels}).`,
      { remedy: 'Give one kernel per layer, coarse first, as gaussian_kernels in config.json.' },
    );
  }
  return {
    config: adapterConfig(config, settings),
    plan(part, options = {}) {
      const builder = { forms: formsOf(options) };
      return part === 'hint-encoder'
        ? hintEncoder(config, builder)
        : stablePoseAdapter(config, { ...builder, minimumScope: options.minimumScope });
    },
  };
}

/**
 * A Stable-Pose adapter whose graphs are built when they are asked for.
 * @throws tensor-mismatch when the tensors are no Stable-Pose adapter, or its layers are not as many as the kernels
 */
export function createAdapterSource(files: ModelFiles, parts: AdapterParts): AdapterSource {
  const graphs = adapterGraphs(parts);
  const scratch = files.scratch();
  return {
    config: graphs.config,
    warnings: parts.warnings,
    async graph(part: AdapterPart, options: GraphOptions = {}): Promise<GraphSource> {
      const graph = graphs.plan(part, options);
      return placeWeights(files, await compileGraph(graph, { model: parts.checkpoint }, scratch));
    },
    async dispose() {
      await scratch.dispose();
      await parts.close();
    },
  };
}

function adapterConfig(config: StablePoseAdapterConfig, settings: ModelSettings): AdapterConfig {
  const skips = skipsOf(config.encoder);
  const { kernels, sigma, lineWidth } = settings.adapter;
  return adapterConfigSchema.parse({
    kind: 'stable-pose',
    name: settings.name,
    licence: settings.licence,
    hint: { drawing: 'stable-pose', range: [-1, 1], lineWidth },
    kernels,
    sigma,
    patchSize: config.vit.patchSize,
    residuals: [...skips, skips[skips.length - 1]],
  });
}
