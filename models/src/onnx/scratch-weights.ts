import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core/errors';
import type { InPlaceRange } from './weight-checkpoint.ts';
import type { WeightScratch } from './weight-scratch.ts';

/**
 * A temporary file for weights that cannot be used where they lie and are too many to write into a graph (a compressed
 * checkpoint). Each is written once, however many graphs use it. Whoever makes it disposes it.
 */
export class ScratchWeights implements WeightScratch {
  private readonly places = new Map<string, Promise<InPlaceRange>>();
  private opened:
    | Promise<{ readonly folder: string; readonly file: string; readonly handle: FileHandle }>
    | undefined;
  private end = 0;
  /** Writes one after the other: each knows its place only when the one before is known. */
  private tail: Promise<unknown> = Promise.resolve();

  /** Where the weight called `name` lies; `read` gives its bytes the first time. @throws disk-full, write-failed */
  place(name: string, read: () => Promise<Uint8Array>): Promise<InPlaceRange> {
    let place = this.places.get(name);
    if (!place) {
      place = this.tail.then(() => this.append(read));
      this.tail = place.catch(() => undefined);
      this.places.set(name, place);
    }
    return place;
  }

  /** Removes the file. Graphs that are loaded from it may need it still: dispose them first. */
  async dispose(): Promise<void> {
    if (!this.opened) return;
    const { folder, handle } = await this.opened;
    this.opened = undefined;
    await handle.close();
    await rm(folder, { recursive: true, force: true });
  }

  private async append(read: () => Promise<Uint8Array>): Promise<InPlaceRange> {
    this.opened ??= openScratch();
    const { file, handle } = await this.opened;
    const bytes = await read();
    const offset = this.end;
    try {
      await handle.write(bytes, 0, bytes.length, offset);
    } catch (cause) {
      const full = (cause as { code?: string }).code === 'ENOSPC';
      throw new StablePoseError(
        full ? 'disk-full' : 'write-failed',
        `${bytes.length} bytes of weights could not be written to ${file}.`,
        { remedy: 'Free some space in the temporary folder, or convert the model first.', cause },
      );
    }
    this.end += bytes.length;
    return { file, offset, length: bytes.length };
  }
}

async function openScratch() {
  const folder = await mkdtemp(join(tmpdir(), 'stable-pose-weights-'));
  const file = join(folder, 'weights.bin');
  return { folder, file, handle: await open(file, 'w') };
}
