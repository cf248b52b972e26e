import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterTest, temporaryFolder } from './start-test-server.ts';

/** Absent where there is no Redis to test with. */
export const redisProgram = [
  process.env.REDIS_SERVER_PATH,
  '/usr/bin/redis-server',
  '/usr/bin/valkey-server',
  '/opt/homebrew/bin/redis-server',
].find((path) => path !== undefined && existsSync(path));

export interface TestRedis {
  readonly url: string;
  kill(): Promise<void>;
  /** On the same port, with what the log on the disk holds. */
  restart(): Promise<void>;
}

/** A real Redis on a free port, which logs everything to a temporary folder. */
export async function startRedis(): Promise<TestRedis> {
  const folder = temporaryFolder();
  const port = await freePort();
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child) await killed(child);
  };
  const start = async () => {
    child = spawn(
      redisProgram as string,
      ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''],
      { stdio: 'ignore' },
    );
    while (!(await answers(port))) await pause(50);
  };
  await start();
  afterTest(kill);
  return { url: `redis://127.0.0.1:${port}`, kill, restart: start };
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

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    return data.toString().startsWith('+PONG');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
