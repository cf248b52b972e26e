import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killed } from '../support/program.ts';
import { type RealRedis, startRedis as startReal } from '../support/redis.ts';
import { afterTest } from './start-test-server.ts';

export { freePort, redisProgram } from '../support/redis.ts';

export type TestRedis = RealRedis;

/** A real Redis until the test is over. */
export async function startRedis(): Promise<TestRedis> {
  const redis = await startReal();
  afterTest(() => redis.close());
  return redis;
}

const program = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

export interface WorkerProcess {
  readonly id: string;
  kill(): Promise<void>;
}

/** A worker in a process of its own, with a stub engine unless the real one is asked for. */
export async function startWorkerProcess(
  redis: TestRedis,
  options: { readonly engine?: 'stub' | 'figurine'; readonly stepMs?: number } = {},
): Promise<WorkerProcess> {
  const { engine = 'stub', stepMs = 0 } = options;
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', program, redis.url, engine, String(stepMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const kill = () => killed(child);
  afterTest(kill);
  for await (const line of createInterface({ input: child.stdout })) return { id: line, kill };
  throw new Error('The worker ended before it began.');
}
