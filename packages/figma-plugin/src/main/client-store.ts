import { StablePoseError } from '@stable-pose/core/errors';
import { isBytes } from '../messages/shapes.ts';
import type { Figma } from './figma.ts';

type Room = 'settings' | 'blobs';

/** The stores' two rooms in `figma.clientStorage`, which is one: 5 MB a plug-in, on this machine. */
export function clientStore({ clientStorage }: Pick<Figma, 'clientStorage'>) {
  const keyOf = (room: Room, name: string) => `${room}:${name}`;
  return {
    read: async (room: Room, name: string): Promise<Uint8Array | undefined> => {
      const value: unknown = await guarded(() => clientStorage.getAsync(keyOf(room, name)));
      return isBytes(value) ? value : undefined;
    },
    write: (room: Room, name: string, value: Uint8Array): Promise<void> =>
      guarded(() => clientStorage.setAsync(keyOf(room, name), value)),
    delete: (room: Room, name: string): Promise<void> =>
      guarded(() => clientStorage.deleteAsync(keyOf(room, name))),
    names: async (room: Room, prefix: string): Promise<readonly string[]> => {
      const begin = keyOf(room, '');
      const keys = await guarded(() => clientStorage.keysAsync());
      return keys
        .filter((key) => key.startsWith(begin + prefix))
        .map((key) => key.slice(begin.length))
        .sort();
    },
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const isFull = /quota|exceed|5\s*MB/i.test(words);
    throw new StablePoseError(
      isFull ? 'storage-full' : 'storage-unavailable',
      `Figma's storage for plug-ins ${isFull ? 'is full' : 'failed'}: ${words}`,
      { cause: error },
    );
  }
}
