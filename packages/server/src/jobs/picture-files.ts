import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { storageError } from './job-store.ts';

/** The PNGs of results: a folder a job, numbered. Ids come from the store, never from a request. */
export class PictureFiles {
  private readonly folder: string;

  constructor(dataFolder: string) {
    this.folder = join(dataFolder, 'pictures');
  }

  /** All of a job's pictures, on the disk when this resolves; whole or not at all. @throws disk-full, write-failed */
  async write(id: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const target = join(this.folder, id);
    const partial = `${target}.part`;
    try {
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true, mode: 0o700 });
      for (const [name, bytes] of files) {
        const file = await open(join(partial, name), 'w', 0o600);
        try {
          await file.writeFile(bytes);
          await file.datasync();
        } finally {
          await file.close();
        }
      }
      await rm(target, { recursive: true, force: true });
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { recursive: true, force: true }).catch(() => {});
      throw storageError(error, this.folder);
    }
  }

  /** @throws file-not-found */
  async read(id: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(
      await readFile(join(this.folder, id, name)).catch((cause: unknown) => {
        throw new StablePoseError('file-not-found', 'The picture is no longer there.', { cause });
      }),
    );
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.folder, id), { recursive: true, force: true });
  }

  /** Removes what no job claims: what a killed server had half done. */
  async sweep(isKept: (id: string) => boolean): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!isKept(name)) await this.remove(name);
    }
  }
}

/** @param place `2` is a job's third picture, `2-0` the first of those that it was chosen from */
export function pictureName(place: string, kind: 'picture' | 'hint'): string {
  return kind === 'hint' ? `${place}-hint.png` : `${place}.png`;
}
