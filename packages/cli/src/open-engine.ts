import {
  type AdapterSource,
  createPipeline,
  type GraphRuntime,
  type ModelSource,
  type Pipeline,
  StablePoseError,
} from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { openAdapter, openModel } from '@stable-pose/models';
import { defaultModel } from './default-model.ts';
import type { EngineOptions } from './generate-options.ts';
import { nameOf } from './name-of.ts';

/** Everything that makes pictures, opened. */
export interface Engine {
  readonly model: ModelSource;
  readonly runtime: GraphRuntime;
  readonly pipeline: Pipeline;
  dispose(): Promise<void>;
}

/** A model and its adapters, without anything to run them on. */
export interface OpenedModel {
  readonly model: ModelSource;
  readonly adapters: Readonly<Record<string, AdapterSource>>;
  dispose(): Promise<void>;
}

/** @throws what opening the files throws */
export async function openModelFiles(options: EngineOptions): Promise<OpenedModel> {
  const path = options.model ?? (await defaultModel());
  const opened: { dispose(): Promise<void> }[] = [];
  const dispose = async () => {
    for (const source of opened.splice(0).reverse()) await source.dispose();
  };
  const keep = <T extends { dispose(): Promise<void> }>(source: T): T => {
    opened.push(source);
    return source;
  };
  try {
    const model = keep(
      await openModel({
        path,
        config: options.config,
        vae: options.vae,
        loras: options.lora?.map((lora) => ({ path: lora.path, name: nameOf(lora.path) })),
        embeddings: options.embedding?.map((embedding) => ({ path: embedding, token: nameOf(embedding) })),
      }),
    );
    const adapters: Record<string, AdapterSource> = {};
    for (const { path: file } of options.adapter ?? []) {
      adapters[nameOf(file)] = keep(await openAdapter({ path: file }));
    }
    if (!options.adapter) {
      const own = await adapterIn(path, options.config);
      if (own) adapters[own.config.name] = keep(own);
    }
    return { model, adapters, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
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

/** A checkpoint may hold its adapter too. */
async function adapterIn(path: string, config: string | undefined): Promise<AdapterSource | undefined> {
  try {
    return await openAdapter({ path, config });
  } catch (error) {
    if (StablePoseError.is(error) && error.code === 'architecture-unsupported') return undefined;
    throw error;
  }
}
