import { type GenerationRequest, type GenerationResult, StablePoseError } from '@stable-pose/core';
import type { EngineModel } from '../generation-engine.ts';
import type { CoreOptions, CoreRun, EngineCore } from './engine-core.ts';
import type { GivenModel } from './given-model.ts';
import type { CallName, PageMessage, WorkerCalls, WorkerMessage } from './worker-messages.ts';

/** A worker that loads slowly is still loading; one that is refused says so at once, or never. */
const readyMs = 20_000;

interface PendingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: StablePoseError) => void;
  readonly onProgress?: CoreRun['onProgress'];
}

/** The page's end of a worker. */
export class WorkerLink {
  private readonly worker: Worker;
  private readonly pending = new Map<number, PendingCall>();
  private lastId = 0;
  private failure: StablePoseError | undefined;

  private constructor(worker: Worker) {
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(`The worker broke down: ${event.message || 'its script could not be run'}.`);
    };
    worker.onmessageerror = () => this.fail('A message of the worker could not be read.');
  }

  /** Waits until the worker answers. @throws device-unavailable when a worker cannot be had here */
  static async open(make: () => Worker): Promise<WorkerLink> {
    let link: WorkerLink;
    try {
      link = new WorkerLink(make());
    } catch (cause) {
      throw new StablePoseError('device-unavailable', `No worker can be had: ${(cause as Error).message}`, {
        cause,
      });
    }
    const ready = new Promise<never>((resolve, reject) => link.pending.set(0, { resolve, reject }));
    const timer = setTimeout(() => link.fail('The worker did not answer.'), readyMs);
    try {
      await ready;
      return link;
    } catch (cause) {
      const why = StablePoseError.from(cause).message;
      throw new StablePoseError('device-unavailable', `No worker can be had: ${why}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  call<Name extends CallName>(
    name: Name,
    args: WorkerCalls[Name]['args'],
    { signal, onProgress }: CoreRun = {},
  ): Promise<WorkerCalls[Name]['value']> {
    const { failure } = this;
    if (failure) return Promise.reject(failure);
    const id = ++this.lastId;
    const cancel = () => this.worker.postMessage({ type: 'cancel', id } satisfies PageMessage);
    const answer = new Promise<WorkerCalls[Name]['value']>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, onProgress });
      this.worker.postMessage({ type: 'call', id, name, args } as PageMessage);
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
    });
    return answer.finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** Ends the worker; its memory is free at once. */
  close(): void {
    this.fail('The worker was ended.', 'cancelled');
  }

  private receive(message: WorkerMessage): void {
    const call = this.pending.get(message.type === 'ready' ? 0 : message.id);
    if (!call) return;
    if (message.type === 'progress') {
      call.onProgress?.(message.progress);
      return;
    }
    this.pending.delete(message.type === 'ready' ? 0 : message.id);
    if (message.type === 'error') call.reject(StablePoseError.from(message.error));
    else call.resolve((message.type === 'value' ? message.value : undefined) as never);
  }

  private fail(why: string, code: 'device-lost' | 'cancelled' = 'device-lost'): void {
    this.failure ??= new StablePoseError(code, why);
    this.worker.terminate();
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
  }
}

/** A core in a worker. @throws as starting one in a thread does */
export async function startWorkerCore(link: WorkerLink, options: CoreOptions): Promise<EngineCore> {
  const { device } = await link.call('start', options);
  return {
    device,
    addModel: (model: GivenModel): Promise<EngineModel> => link.call('addModel', model),
    removeModel: async (id: string): Promise<void> => {
      await link.call('removeModel', id);
    },
    generate: (model: string, request: GenerationRequest, run: CoreRun): Promise<GenerationResult> =>
      link.call('generate', { model, request }, run),
    detectPose: (picture, { signal, ...options }) =>
      link.call('detectPose', { picture, options }, { signal }),
    matte: (picture, { signal }) => link.call('matte', picture, { signal }),
    close: async () => link.close(),
  };
}
