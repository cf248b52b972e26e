import { signal } from '@preact/signals';
import { checkPoses, type Pose, type Size, StablePoseError } from '@stable-pose/core';
import type { HostStore } from '@stable-pose/sdk';
import { StoreWriter } from './store-writer.ts';

/** One person or a group, kept under a name. Plain JSON. */
export interface OwnPose {
  /** Sorts by time. */
  readonly id: string;
  readonly name: string;
  /** In pixels of a picture of `size`. At least one. */
  readonly poses: readonly Pose[];
  readonly size: Size;
}

const folder = 'poses/';
/** Of a name, in characters. */
export const longestName = 60;

/** The poses that people keep themselves, newest first, each a file in the host's store. */
export class OwnPoses {
  readonly list = signal<readonly OwnPose[]>([]);
  private readonly store: HostStore;
  private readonly onTrouble: (error: StablePoseError) => void;
  private readonly writer: StoreWriter;
  private counter = 0;

  /** @param onTrouble the store failed; poses stay for as long as the page is open */
  constructor(store: HostStore, onTrouble: (error: StablePoseError) => void) {
    this.store = store;
    this.onTrouble = onTrouble;
    this.writer = new StoreWriter(onTrouble);
  }

  /** What was kept last time. A file that cannot be read is passed over, and left where it is. */
  async load(): Promise<void> {
    try {
      const kept: OwnPose[] = [];
      for (const name of await this.store.names(folder)) {
        const bytes = await this.store.read(name);
        const pose = bytes && readOne(bytes, name);
        if (pose) kept.push(pose);
      }
      const here = this.list.peek();
      const others = kept.filter(({ id }) => !here.some((one) => one.id === id));
      this.list.value = [...here, ...others].sort((a, b) => (a.id < b.id ? 1 : -1));
    } catch (error) {
      this.onTrouble(StablePoseError.from(error, 'storage-unavailable'));
    }
  }

  /** @throws invalid-pose without a pose, or with one that is none */
  add(name: string, poses: readonly Pose[], size: Size): OwnPose {
    checkPoses(poses);
    const time = Date.now().toString(36).padStart(9, '0');
    const id = `${time}-${String(this.counter++).padStart(4, '0')}`;
    const own: OwnPose = {
      id,
      name: soundName(name),
      poses,
      size: { width: size.width, height: size.height },
    };
    this.list.value = [own, ...this.list.peek()];
    this.write(own);
    return own;
  }

  /** An empty name changes nothing. */
  rename(id: string, name: string): void {
    const own = this.list.peek().find((one) => one.id === id);
    if (!own || name.trim() === '' || soundName(name) === own.name) return;
    const renamed = { ...own, name: soundName(name) };
    this.list.value = this.list.peek().map((one) => (one.id === id ? renamed : one));
    this.write(renamed);
  }

  remove(id: string): void {
    this.list.value = this.list.peek().filter((one) => one.id !== id);
    this.writer.later(() => this.store.delete(`${folder}${id}.json`));
  }

  private write(own: OwnPose): void {
    const text = JSON.stringify({ version: 1, ...own });
    this.writer.later(() => this.store.write(`${folder}${own.id}.json`, new TextEncoder().encode(text)));
  }

  /** When everything is kept that can be. */
  settled(): Promise<void> {
    return this.writer.settled();
  }
}

function readOne(bytes: Uint8Array, file: string): OwnPose | undefined {
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes)) as OwnPose & { readonly version: number };
    const { name, poses, size } = kept;
    const isSized = [size.width, size.height].every((side) => Number.isFinite(side) && side >= 1);
    if (kept.version !== 1 || typeof name !== 'string' || !isSized) return undefined;
    checkPoses(poses);
    return { id: file.slice(folder.length).replace(/\.json$/, ''), name: soundName(name), poses, size };
  } catch {
    return undefined;
  }
}

function soundName(name: string): string {
  return name.trim().replace(/\s+/g, ' ').slice(0, longestName);
}
