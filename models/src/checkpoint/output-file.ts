import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFailure } from '../convert/write-failure.ts';

/** Takes bytes in order. */
export interface ByteSink {
  /** Bytes written so far. */
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
}

/**
 * Writes a file (and makes its folder) under a passing name and gives it its own when it is whole: what was interrupted is never taken for a file.
 * @throws write-failed, disk-full; what `fill` throws
 */
export async function writeWhole(path: string, fill: (sink: ByteSink) => Promise<void>): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(partial, 'w');
    try {
      const sink = new FileSink(handle);
      await fill(sink);
      await sink.flush();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw writeFailure(cause, path);
  }
}

/** Small writes are gathered: a checkpoint has thousands, and each call of the system takes longer than its bytes. */
const gatheredBytes = 1024 * 1024;

class FileSink implements ByteSink {
  position = 0;
  private readonly handle: FileHandle;
  private readonly gathered = new Uint8Array(gatheredBytes);
  private filled = 0;

  constructor(handle: FileHandle) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.filled + bytes.length > gatheredBytes) await this.flush();
    this.position += bytes.length;
    if (bytes.length > gatheredBytes) return this.put(bytes);
    this.gathered.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  async flush(): Promise<void> {
    const length = this.filled;
    this.filled = 0;
    await this.put(this.gathered.subarray(0, length));
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await this.handle.write(bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}
