import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

/**
 * Keeps a data folder for one server at a time: two would do the same jobs. A local socket, because it ends with its process
 * however that ends; a file of a killed server would have to be guessed about.
 * @returns how to let go
 * @throws not-supported when another server has it
 */
export async function lockData(folder: string): Promise<() => Promise<void>> {
  const name = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 24);
  const path =
    process.platform === 'win32'
      ? `\\\\.\\pipe\\stable-pose-${name}`
      : join(tmpdir(), `stable-pose-${userInfo().uid}-${name}.sock`);
  const lock = createServer((socket) => socket.destroy());
  const listen = () =>
    new Promise<void>((done, failed) => {
      lock.once('error', failed);
      lock.listen(path, () => done());
    });
  try {
    await listen();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    if (await answers(path)) {
      throw new StablePoseError('not-supported', `Another server keeps its jobs in ${folder} already.`, {
        remedy: 'Use that one, or start this one with --data elsewhere.',
        cause,
      });
    }
    // Its process is gone, the file stayed.
    await rm(path, { force: true });
    await listen();
  }
  lock.unref();
  return () => new Promise((done) => lock.close(() => done()));
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}
