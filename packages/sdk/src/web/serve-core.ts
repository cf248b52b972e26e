import { type GenerationResult, StablePoseError } from '@stable-pose/core';
import type { EngineProgress } from '../generation-engine.ts';
import type { EngineCore } from './engine-core.ts';
import { probeWebGpu } from './probe-web-gpu.ts';
import { startThreadCore } from './thread-core.ts';
import type { PageMessage, WorkerCalls, WorkerMessage } from './worker-messages.ts';

/** What is used of a worker's own scope. */
export interface WorkerScope {
  onmessage: ((event: MessageEvent<PageMessage>) => void) | null;
  postMessage(message: WorkerMessage, transfer?: Transferable[]): void;
}

/** Answers a page's calls in a worker, until the page ends it. */
export function serveCore(scope: WorkerScope): void {
  let core: EngineCore | undefined;
  const running = new Map<number, AbortController>();

  const cancellable = <T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController();
    running.set(id, controller);
    return work(controller.signal).finally(() => running.delete(id));
  };
  const started = (): EngineCore => {
    if (core) return core;
    throw new StablePoseError('internal', 'The worker was asked before it was started.');
  };
  const answer = async (
    message: Extract<PageMessage, { type: 'call' }>,
  ): Promise<WorkerCalls[keyof WorkerCalls]['value']> => {
    switch (message.name) {
      case 'probe':
        return { webgpu: await probeWebGpu() };
      case 'start':
        core = await startThreadCore(message.args);
        return { device: core.device };
      case 'addModel':
        return started().addModel(message.args);
      case 'removeModel':
        await started().removeModel(message.args);
        return undefined;
      case 'generate': {
        const { model, request } = message.args;
        const { id } = message;
        const onProgress = (progress: EngineProgress) =>
          scope.postMessage({ type: 'progress', id, progress });
        return cancellable(id, (signal) => started().generate(model, request, { signal, onProgress }));
      }
      case 'detectPose': {
        const { picture, options } = message.args;
        return cancellable(message.id, (signal) => started().detectPose(picture, { ...options, signal }));
      }
      case 'matte': {
        const { args } = message;
        return cancellable(message.id, (signal) => started().matte(args, { signal }));
      }
      default:
        throw new StablePoseError('internal', `A worker has no call ${message satisfies never}.`);
    }
  };
  scope.onmessage = ({ data }) => {
    if (data.type === 'cancel') {
      running.get(data.id)?.abort();
      return;
    }
    const { id } = data;
    answer(data).then(
      (value) => scope.postMessage({ type: 'value', id, value }, picturesOf(value)),
      (error) => scope.postMessage({ type: 'error', id, error: StablePoseError.from(error).toJSON() }),
    );
  };
  scope.postMessage({ type: 'ready' });
}

/** The pixels of a result, which go over instead of being copied. */
function picturesOf(value: WorkerCalls[keyof WorkerCalls]['value']): Transferable[] {
  const { pictures = [] } = (value ?? {}) as Partial<GenerationResult>;
  const buffers = new Set<Transferable>();
  for (const { raster, hint } of pictures) {
    for (const data of [raster.data, hint?.data]) if (data) buffers.add(data.buffer as ArrayBuffer);
  }
  return [...buffers];
}
