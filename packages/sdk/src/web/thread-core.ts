import {
  createPipeline,
  type GenerationRequest,
  type GenerationResult,
  type GraphRuntime,
  type Pipeline,
  StablePoseError,
} from '@stable-pose/core';
import { createWebRuntime } from '@stable-pose/core/onnx-web';
import type { EngineModel } from '../generation-engine.ts';
import type { CoreOptions, CoreRun, EngineCore } from './engine-core.ts';
import type { GivenModel } from './given-model.ts';
import { type OpenedModel, openGivenModel } from './open-given-model.ts';

/** Starts a core in this very thread. @throws as `createWebRuntime` */
export async function startThreadCore(options: CoreOptions): Promise<EngineCore> {
  const { device, partsInTurn, ...runtimeOptions } = options;
  const runtime = await createWebRuntime({ ...runtimeOptions, provider: device });
  return new ThreadCore(runtime, partsInTurn);
}

class ThreadCore implements EngineCore {
  private readonly runtime: GraphRuntime;
  private readonly partsInTurn: boolean | undefined;
  private readonly models = new Map<string, OpenedModel>();
  /** Of the model that ran last: another one takes its place, since a page has room for one. */
  private current: { readonly id: string; readonly pipeline: Pipeline } | undefined;

  constructor(runtime: GraphRuntime, partsInTurn: boolean | undefined) {
    this.runtime = runtime;
    this.partsInTurn = partsInTurn;
  }

  get device(): string {
    return this.runtime.description;
  }

  async addModel(given: GivenModel): Promise<EngineModel> {
    const opened = await openGivenModel(given);
    await this.removeModel(opened.id);
    this.models.set(opened.id, opened);
    return opened.description;
  }

  async removeModel(id: string): Promise<void> {
    if (this.current?.id === id) await this.releaseCurrent();
    await this.models.get(id)?.dispose();
    this.models.delete(id);
  }

  async generate(
    id: string,
    request: GenerationRequest,
    { signal, onProgress }: CoreRun,
  ): Promise<GenerationResult> {
    const opened = this.models.get(id);
    if (!opened) {
      throw new StablePoseError('model-not-found', `There is no model ${id}.`, {
        details: { models: [...this.models.keys()] },
      });
    }
    if (this.current?.id !== id) {
      await this.releaseCurrent();
      const { model, adapters } = opened;
      const pipeline = createPipeline({
        runtime: this.runtime,
        model,
        adapters,
        partsInTurn: this.partsInTurn,
      });
      this.current = { id, pipeline };
    }
    return this.current!.pipeline.generate(request, { signal, onProgress });
  }

  async close(): Promise<void> {
    await this.releaseCurrent();
    for (const opened of this.models.values()) await opened.dispose();
    this.models.clear();
    await this.runtime.dispose();
  }

  private async releaseCurrent(): Promise<void> {
    const { current } = this;
    this.current = undefined;
    await current?.pipeline.dispose();
  }
}
