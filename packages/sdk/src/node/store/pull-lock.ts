import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

const lockName = '.stable-pose-pull.lock';

/**
 * Keeps a second process from writing the same files. A lock whose process has ended is taken over.
 * @returns releases it
 * @throws write-failed while another process pulls
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, lockName);
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx');
      await file.write(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      if (attempt === 0 && !isRunning(holder)) {
        await rm(path, { force: true });
        continue;
      }
      throw new StablePoseError(
        'write-failed',
        `Another process (${holder}) is fetching this model into ${folder}.`,
        {
          remedy: `Wait for it. If there is none, delete ${path}.`,
        },
      );
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
