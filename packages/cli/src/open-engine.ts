import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createPipeline, type GraphRuntime, type ModelSource, type Pipeline } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import type { GenerationEngine, OpenedModel } from '@stable-pose/sdk';
import {
  createNodeEngine,
  defaultModel,
  defaultModelFolder,
  openModelFiles as openFiles,
} from '@stable-pose/sdk/node';
import type { EngineOptions } from './generate-options.ts';

export type { OpenedModel } from '@stable-pose/sdk';

/** The parts of an engine, for commands that measure them. */
export interface Engine {
  readonly model: ModelSource;
  readonly runtime: GraphRuntime;
  readonly pipeline: Pipeline;
  dispose(): Promise<void>;
}

/** The files that a command line names, without anything to run them on. @throws what opening the files throws */
export async function openModelFiles(options: EngineOptions): Promise<OpenedModel> {
  return openFiles({
    path: await pathOfModel(options),
    config: options.config,
    vae: options.vae,
    loras: options.lora?.map(({ path }) => path),
    embeddings: options.embedding,
    adapters: options.adapter?.map(({ path }) => path),
  });
}

/** Of the model that a command line names, by its path or as one that was pulled; of the one that ships, where it names none. */
export async function pathOfModel({ model }: Pick<EngineOptions, 'model'>): Promise<string> {
  if (model === undefined) return defaultModel();
  if (existsSync(model) || basename(model) !== model) return model;
  const pulled = join(defaultModelFolder(), model);
  return existsSync(pulled) ? pulled : model;
}

/** An engine over opened files, which stay with the caller. Nothing is started before the first request. */
export function createEngine(files: OpenedModel, options: EngineOptions): GenerationEngine {
  return createNodeEngine({
    models: [{ key: 'files', open: async () => ({ ...files, dispose: async () => {} }) }],
    device: options.device,
    threads: options.threads,
    weightsInPlace: options.inPlace,
    partsInTurn: options.inTurn,
  });
}

/** @throws runtime-missing, device-unavailable, device-wrong, cancelled */
export async function startEngine(
  files: OpenedModel,
  options: EngineOptions,
  signal: AbortSignal | undefined,
): Promise<Engine> {
  const runtime = await createNodeRuntime({
    device: options.device,
    threads: options.threads,
    weightsInPlace: options.inPlace,
    signal,
  });
  const pipeline = createPipeline({
    runtime,
    model: files.model,
    adapters: files.adapters,
    partsInTurn: options.inTurn,
  });
  return {
    model: files.model,
    runtime,
    pipeline,
    async dispose() {
      await pipeline.dispose();
      await runtime.dispose();
      await files.dispose();
    },
  };
}
