import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of a few megabytes, in memory, that can be filled to the last byte. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined where this user may not mount one. */
  static mount(megabytes: number): SmallDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'stable-pose-disk-'));
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'stable-pose', folder];
    if (process.platform === 'linux' && spawnSync('mount', options).status === 0)
      return new SmallDisk(folder);
    rmSync(folder, { recursive: true });
    return undefined;
  }

  fill(): void {
    const file = openSync(join(this.folder, 'ballast'), 'w');
    try {
      for (let size = 2 ** 20; size >= 1; size /= 2) {
        try {
          while (writeSync(file, Buffer.alloc(size)) === size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    unlinkSync(join(this.folder, 'ballast'));
  }

  unmount(): void {
    spawnSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
