import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import type { CoreOptions, EngineCore } from './engine-core.ts';
import { probeWebGpu } from './probe-web-gpu.ts';
import { startWorkerCore, WorkerLink } from './worker-core.ts';

export interface CoreChoice extends Omit<CoreOptions, 'device'> {
  readonly device: 'auto' | 'webgpu' | 'wasm';
  /** Makes a worker; undefined where none is wanted. */
  readonly makeWorker: (() => Worker) | undefined;
  /** Only in a worker, or not at all. */
  readonly mustBeWorker: boolean;
}

export interface ChosenCore {
  readonly core: EngineCore;
  readonly device: 'webgpu' | 'wasm';
  readonly thread: 'worker' | 'main';
  /** What was passed over, and why, for people. */
  readonly advice: readonly string[];
}

/** Fetched when this thread is to compute: a page with a worker needs none of it. */
async function startHere(options: CoreOptions): Promise<EngineCore> {
  const { startThreadCore } = await import('./thread-core.ts');
  return startThreadCore(options);
}

/**
 * Starts the first that works: WebGPU in a worker; WebGPU in this thread, where only it has the graphics card (a sandboxed
 * frame); WASM in a worker; WASM in this thread. A program that imitates a graphics card is passed over unless `webgpu` is
 * asked for by name.
 * @throws device-unavailable, device-wrong, runtime-missing: what the last way said
 */
export async function chooseCore(choice: CoreChoice, signal?: AbortSignal): Promise<ChosenCore> {
  const { device: wanted, makeWorker, mustBeWorker, ...options } = choice;
  const advice: string[] = [];
  let failure: StablePoseError | undefined;
  const passOver = (what: string, error: unknown) => {
    failure = StablePoseError.from(error);
    advice.push(`${what} was passed over: ${failure.message}`);
  };
  let link: WorkerLink | undefined;
  const openLink = async () => {
    if (link || !makeWorker) return link;
    try {
      link = await WorkerLink.open(makeWorker);
    } catch (error) {
      passOver('A worker', error);
    }
    return link;
  };
  const accepts = (found: string) => found === 'hardware' || (found === 'software' && wanted === 'webgpu');

  const ways: { readonly device: 'webgpu' | 'wasm'; readonly thread: 'worker' | 'main' }[] = [];
  if (wanted !== 'wasm')
    ways.push({ device: 'webgpu', thread: 'worker' }, { device: 'webgpu', thread: 'main' });
  if (wanted !== 'webgpu')
    ways.push({ device: 'wasm', thread: 'worker' }, { device: 'wasm', thread: 'main' });
  for (const { device, thread } of ways) {
    throwIfCancelled(signal);
    if (thread === 'main' && mustBeWorker) continue;
    const worker = thread === 'worker' ? await openLink() : undefined;
    if (thread === 'worker' && !worker) continue;
    try {
      if (device === 'webgpu') {
        const found = worker ? (await worker.call('probe', undefined)).webgpu : await probeWebGpu();
        if (!accepts(found)) {
          if (found === 'software') advice.push('Only a program that imitates a graphics card is there.');
          continue;
        }
      }
      // Until a device is lost or memory runs out, one worker serves all tries.
      const core = worker
        ? await startWorkerCore(worker, { ...options, device })
        : await startHere({ ...options, device });
      if (!worker) link?.close();
      return { core, device, thread, advice };
    } catch (error) {
      passOver(`${device} in ${thread === 'worker' ? 'a worker' : 'this thread'}`, error);
      if (worker) {
        worker.close();
        link = undefined;
      }
    }
  }
  link?.close();
  throw (
    failure ??
    new StablePoseError('device-unavailable', `This page has no ${wanted === 'auto' ? 'device' : wanted}.`, {
      remedy: wanted === 'webgpu' ? 'Choose auto or wasm.' : undefined,
    })
  );
}
