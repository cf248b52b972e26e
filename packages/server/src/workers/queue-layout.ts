import { createHash } from 'node:crypto';
import type { EngineDescription, EngineModel } from '@stable-pose/sdk';

/** Of what lies in Redis. A worker refuses jobs of another version, so servers and workers are updated together. */
export const queueProtocol = 1;

export const defaultQueuePrefix = 'stable-pose';

/** What is asked about a picture that is there. Each has one queue, whatever models there are. */
export const lookTasks = ['detect', 'matte'] as const;
export type LookTask = (typeof lookTasks)[number];
export type QueueTask = 'generate' | LookTask;

/** A job's data. Its pictures lie beside it as PNG bytes, not in it. */
export interface QueueJobData {
  readonly protocol: number;
  /** Who waits for it. */
  readonly client: string;
  /** A request without its pictures; of a look, its options. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Fields of the request whose picture lies in Redis. */
  readonly inputs: readonly string[];
}

/** What a worker says of itself, again and again. */
export interface WorkerNote {
  readonly protocol: number;
  readonly models: readonly string[];
  readonly looks: readonly LookTask[];
  readonly description: EngineDescription;
}

export type CatalogueEntry = EngineModel;

/** Where things lie in Redis. Everything but the queues and the catalogue ends by itself. */
export class QueueLayout {
  readonly prefix: string;
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** BullMQ's queue of a model; model names may hold what its names may not. */
  queueOf(model: string): string {
    const readable = model.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 40);
    return `${readable}-${createHash('sha256').update(model).digest('hex').slice(0, 8)}`;
  }

  /** Names of models' queues end in a number of their own, so that none is one of these. */
  queueOfLook(task: LookTask): string {
    return `look-${task}`;
  }

  get catalogue(): string {
    return `${this.prefix}:models`;
  }

  /** Model ids by when they were first seen. */
  get catalogueOrder(): string {
    return `${this.prefix}:models:order`;
  }

  worker(id: string): string {
    return `${this.prefix}:worker:${id}`;
  }

  client(id: string): string {
    return `${this.prefix}:client:${id}`;
  }

  cancelled(job: string): string {
    return `${this.prefix}:cancelled:${job}`;
  }

  picture(job: string, name: string): string {
    return `${this.prefix}:picture:${job}:${name}`;
  }

  get cancelChannel(): string {
    return `${this.prefix}:cancel`;
  }

  /** What a client hears of its jobs. */
  clientChannel(id: string): string {
    return `${this.prefix}:to:${id}`;
  }
}

/** How long a client, or a worker, that says nothing counts as there. */
export const presenceSeconds = { client: 60, worker: 10 } as const;
