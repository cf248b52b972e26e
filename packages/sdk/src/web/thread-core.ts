import {
  createMoveNetDetector,
  createPersonMatter,
  createPipeline,
  type DetectedPerson,
  type DetectOptions,
  type GenerationRequest,
  type GenerationResult,
  type GraphRuntime,
  type MatteOptions,
  type PersonMatter,
  type Pipeline,
  type PoseDetector,
  type Raster,
  StablePoseError,
} from '@stable-pose/core';
import { createWebRuntime } from '@stable-pose/core/onnx-web';
import { givenFiles, openEyes, openMoveNet } from '@stable-pose/models/web';
import type { EngineModel } from '../generation-engine.ts';
import type { CoreOptions, CoreRun, EngineCore } from './engine-core.ts';
import type { GivenDetector, GivenEyes, GivenModel } from './given-model.ts';
import { type OpenedModel, openGivenModel } from './open-given-model.ts';

/** Starts a core in this very thread. @throws as `createWebRuntime` */
export async function startThreadCore(options: CoreOptions): Promise<EngineCore> {
  const { device, partsInTurn, detector, eyes, ...runtimeOptions } = options;
  const runtime = await createWebRuntime({ ...runtimeOptions, provider: device });
  return new ThreadCore(runtime, { partsInTurn, detector, eyes });
}

class ThreadCore implements EngineCore {
  private readonly runtime: GraphRuntime;
  private readonly partsInTurn: boolean | undefined;
  private readonly givenDetector: GivenDetector | undefined;
  private readonly givenEyes: GivenEyes | undefined;
  private matter: Promise<PersonMatter> | undefined;
  private detector: Promise<PoseDetector> | undefined;
  private readonly models = new Map<string, OpenedModel>();
  /** Of the model that ran last: another one takes its place, since a page has room for one. */
  private current: { readonly id: string; readonly pipeline: Pipeline } | undefined;

  constructor(
    runtime: GraphRuntime,
    { partsInTurn, detector, eyes }: Pick<CoreOptions, 'partsInTurn' | 'detector' | 'eyes'>,
  ) {
    this.runtime = runtime;
    this.partsInTurn = partsInTurn;
    this.givenDetector = detector;
    this.givenEyes = eyes;
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
        ...(this.givenDetector
          ? {
              detector: {
                detect: (picture: Raster, options: DetectOptions = {}) => this.detectPose(picture, options),
                dispose: async () => {},
              },
            }
          : {}),
      });
      this.current = { id, pipeline };
    }
    return this.current!.pipeline.generate(request, { signal, onProgress });
  }

  async detectPose(picture: Raster, options: DetectOptions): Promise<readonly DetectedPerson[]> {
    this.detector ??= this.openDetector();
    return (await this.detector).detect(picture, options);
  }

  private async openDetector(): Promise<PoseDetector> {
    const given = this.givenDetector;
    if (!given) throw new StablePoseError('not-supported', 'No pose detector was handed to this engine.');
    const files = { topology: await bytesOf(given.topology), weights: await bytesOf(given.weights) };
    const network = openMoveNet(files, { provider: this.runtime.provider });
    return createMoveNetDetector({ runtime: this.runtime, network });
  }

  async matte(picture: Raster, options: MatteOptions): Promise<Raster> {
    this.matter ??= this.openMatter().catch((error: unknown) => {
      this.matter = undefined;
      throw error;
    });
    return (await this.matter).matte(picture, options);
  }

  private async openMatter(): Promise<PersonMatter> {
    const given = this.givenEyes;
    if (!given)
      throw new StablePoseError('not-supported', 'No network for mattes was handed to this engine.');
    const files = givenFiles({ 'config.json': given.config, 'eyes.safetensors': given.weights });
    const network = await openEyes(files, '', { provider: this.runtime.provider });
    const matter = createPersonMatter({ runtime: this.runtime, network });
    return {
      matte: (picture, options) => matter.matte(picture, options),
      dispose: () => matter.dispose().finally(() => network.dispose()),
    };
  }

  async close(): Promise<void> {
    await this.releaseCurrent();
    await (await this.detector)?.dispose();
    await (await this.matter)?.dispose();
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

async function bytesOf(file: GivenDetector['weights']): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  return new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file);
}
