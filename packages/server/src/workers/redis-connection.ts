import { setTimeout as pause } from 'node:timers/promises';
import { StablePoseError } from '@stable-pose/core';
import { Redis } from 'ioredis';

/** One command that says nothing for so long counts as cut off. */
const commandMs = 5000;

/** A Redis that may go away and come back. */
export class RedisConnection {
  readonly redis: Redis;
  private readonly place: string;
  private readonly patienceMs: number;

  /**
   * @param url `redis://[user:password@]host[:port][/database]`, or `rediss://`
   * @param patienceMs how long a command is tried again while Redis is away
   * @throws invalid-input
   */
  constructor(url: string, patienceMs: number, forWorker = false) {
    this.place = placeOf(url);
    this.patienceMs = patienceMs;
    this.redis = new Redis(url, {
      lazyConnect: false,
      // BullMQ's workers wait as long as it takes; whoever asks for a picture is told.
      maxRetriesPerRequest: forWorker ? null : 0,
      enableOfflineQueue: forWorker,
      retryStrategy: (times) => Math.min(1000, 50 * times),
    });
    // Said again by every command that fails.
    this.redis.on('error', () => {});
  }

  /** Does something, again while Redis is away. @throws server-unreachable, disk-full, unauthorized, cancelled */
  async do<T>(work: (redis: Redis) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const until = Date.now() + this.patienceMs;
    while (true) {
      const late = new AbortController();
      try {
        return await Promise.race([
          work(this.redis),
          pause(commandMs, undefined, { signal: late.signal }).then(() => {
            throw new Error('ETIMEDOUT');
          }),
        ]);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (/NOAUTH|WRONGPASS|NOPERM/.test(message)) {
          throw new StablePoseError('unauthorized', `Redis at ${this.place} does not let us in.`, {
            remedy: 'Put user and password into its address: redis://user:password@host:port.',
            cause: error,
          });
        }
        const isFull = fullFault.test(message);
        if (!isFull && !connectionFault.test(message)) throw error;
        if (signal?.aborted) throw new StablePoseError('cancelled', 'The work was cancelled.');
        if (Date.now() >= until && isFull) throw redisFull(this.place, error);
        if (Date.now() >= until) {
          throw new StablePoseError('server-unreachable', `Redis at ${this.place} does not answer.`, {
            remedy: 'See that it runs and that this machine may reach it.',
            details: { place: this.place },
            cause: error,
          });
        }
        await pause(200);
      } finally {
        late.abort();
      }
    }
  }

  /** A second connection, which only listens; it takes its channels up again by itself. */
  listener(): Redis {
    const listener = this.redis.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    listener.on('error', () => {});
    return listener;
  }

  close(): void {
    this.redis.disconnect();
  }
}

const connectionFault =
  /Connection is closed|isn't writeable|max retries|ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|LOADING|UNKILLABLE/i;

/** Redis takes nothing new while its log cannot be written, or its memory is used up. */
const fullFault = /MISCONF|OOM command not allowed/;

function redisFull(place: string, cause: unknown): StablePoseError {
  return new StablePoseError(
    'disk-full',
    `Redis at ${place} takes nothing more: ${(cause as Error).message}`,
    {
      remedy: 'Make room on its disk, or give it more memory (maxmemory).',
      cause,
    },
  );
}

/** An address without what is secret in it. */
function placeOf(url: string): string {
  try {
    const { protocol, hostname, port } = new URL(url);
    if ((protocol === 'redis:' || protocol === 'rediss:') && hostname !== '')
      return `${hostname}:${port || 6379}`;
  } catch {
    // Said below.
  }
  throw new StablePoseError(
    'invalid-input',
    'The address of Redis was expected as redis://host:port or rediss://host:port.',
  );
}
