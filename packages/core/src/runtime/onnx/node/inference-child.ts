import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { StablePoseError } from '../../../errors.ts';
import type { Answer, Request } from './messages.ts';

type Ask = Exclude<Request, { kind: 'release-tensor' }>;
type WithoutCall<T> = T extends unknown ? Omit<T, 'call'> : never;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StablePoseError) => void;
}

/**
 * One inference process, from its start to its end. Asking after its end, and its end while something is asked, reject.
 * An idle one does not keep the program alive, and it ends with the program.
 */
export class InferenceChild {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  private lastWords = '';
  private endedBy: StablePoseError | undefined;

  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const program = fileURLToPath(new URL(`./inference-process.${extension}`, import.meta.url));
    this.child = fork(program, {
      // Typed arrays cross as bytes, not as JSON.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
    });
    this.child.on('message', (message) => this.settle(message as Answer));
    this.child.on('error', (error) =>
      this.finish(new StablePoseError('internal', error.message, { cause: error })),
    );
    this.child.on('exit', (code, signal) => this.finish(deathOf(code, signal, this.lastWords)));
    this.child.stderr?.on('data', (data: Buffer) => {
      this.lastWords = (this.lastWords + data.toString()).slice(-2000);
    });
    (this.child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
    this.child.unref();
    this.child.channel?.unref();
    children.add(this.child);
  }

  get ended(): boolean {
    return this.endedBy !== undefined;
  }

  ask<T>(request: WithoutCall<Ask>): Promise<T> {
    if (this.endedBy) return Promise.reject(this.endedBy);
    this.calls += 1;
    const call = this.calls;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
      this.child.channel?.ref();
      this.child.send({ ...request, call } as Request, (error) => {
        if (!error) return;
        // A dying process may not have told of its end yet.
        setTimeout(() => this.finish(deathOf(null, null, this.lastWords, error)), 200).unref();
      });
    });
  }

  releaseTensor(tensor: number): void {
    if (!this.endedBy) this.child.send({ kind: 'release-tensor', tensor } satisfies Request, () => {});
  }

  /** Ends it at once, within a graph too. What is being asked rejects with `reason`. */
  kill(reason: StablePoseError): void {
    this.finish(reason);
    this.child.kill('SIGKILL');
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.call);
    this.waiting.delete(answer.call);
    if (this.waiting.size === 0) this.child.channel?.unref();
    if ('error' in answer) waiting?.reject(StablePoseError.from(answer.error));
    else waiting?.resolve(answer.value);
  }

  private finish(reason: StablePoseError): void {
    this.endedBy ??= reason;
    children.delete(this.child);
    this.child.channel?.unref();
    for (const { reject } of this.waiting.values()) reject(this.endedBy);
    this.waiting.clear();
  }
}

const children = new Set<ChildProcess>();
let watching = false;

/** Ends every inference process with the program: one within a graph would not see that its parent has gone. */
export function endChildrenAtExit(): void {
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const child of children) child.kill('SIGKILL');
  });
}

function deathOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  lastWords: string,
  cause?: unknown,
): StablePoseError {
  const details = { code, signal, lastWords };
  const outOfMemory = /out of memory|bad_alloc|allocation failed/i.test(lastWords);
  if (signal === 'SIGKILL' || outOfMemory) {
    return new StablePoseError(
      'out-of-memory',
      'The inference process was ended by the system, most likely because memory ran out.',
      { remedy: 'Use a smaller picture or a smaller model, or close other programs.', details, cause },
    );
  }
  const how = signal ? `by ${signal}` : `with code ${code}`;
  return new StablePoseError('device-lost', `The inference process ended unexpectedly, ${how}.`, {
    remedy: 'Try again; if it happens again, choose the device cpu.',
    details,
    cause,
  });
}
