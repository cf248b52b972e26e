import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { killed } from './program.ts';

/** Absent where there is no Redis to test with. */
export const redisProgram = [
  process.env.REDIS_SERVER_PATH,
  '/usr/bin/redis-server',
  '/usr/bin/valkey-server',
  '/opt/homebrew/bin/redis-server',
].find((path) => path !== undefined && existsSync(path));

export interface RealRedis {
  readonly url: string;
  readonly port: number;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** On the same port, with what the log on the disk holds. */
  restart(): Promise<void>;
  /** Killed, and its folder removed. */
  close(): Promise<void>;
}

/** A real Redis on a free port, which logs everything to the disk: in a temporary folder unless told. */
export async function startRedis(folder?: string): Promise<RealRedis> {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'stable-pose-redis-')) : undefined;
  const port = await freePort();
  const options = {
    '--port': `${port}`,
    '--bind': '127.0.0.1',
    '--dir': folder ?? (own as string),
    '--appendonly': 'yes',
    '--save': '',
  };
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child) await killed(child);
  };
  const start = async () => {
    child = spawn(redisProgram as string, Object.entries(options).flat(), { stdio: 'ignore' });
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode}.`);
      await pause(50);
    }
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: start,
    close: async () => {
      await kill();
      if (own) rmSync(own, { recursive: true, force: true });
    },
  };
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
