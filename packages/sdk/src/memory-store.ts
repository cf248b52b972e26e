import { StablePoseError } from '@stable-pose/core';
import { checkStoreName, type HostStore } from './host-storage.ts';

export interface MemoryStoreOptions {
  /** What it claims to be; `memory` when absent. */
  readonly place?: HostStore['place'];
  readonly valueBytes?: number;
  readonly totalBytes?: number;
}

/** A store for hosts that give no room, and for tests: everything is gone with the page. Enforces its limits. */
export function memoryStore(options: MemoryStoreOptions = {}): HostStore {
  const { place = 'memory', valueBytes, totalBytes } = options;
  const values = new Map<string, Uint8Array>();
  const sizeOf = (name: string) => {
    const value = values.get(name);
    return value === undefined ? 0 : value.length + name.length;
  };
  return {
    place,
    ...(valueBytes === undefined ? {} : { valueBytes }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
    read: async (name) => values.get(checkStoreName(name))?.slice(),
    write: async (name, value) => {
      checkStoreName(name);
      if (valueBytes !== undefined && value.length > valueBytes) {
        throw new StablePoseError(
          'limit-exceeded',
          `One value has at most ${valueBytes} bytes here, got ${value.length}.`,
          { details: { name, bytes: value.length, limit: valueBytes } },
        );
      }
      const others = [...values.keys()].reduce((sum, key) => sum + (key === name ? 0 : sizeOf(key)), 0);
      if (totalBytes !== undefined && others + value.length + name.length > totalBytes) {
        throw new StablePoseError(
          'storage-full',
          `There is room for ${totalBytes} bytes, and it is used up.`,
          {
            remedy: 'Delete what is no longer needed.',
            details: { name, bytes: value.length, limit: totalBytes },
          },
        );
      }
      values.set(name, value.slice());
    },
    delete: async (name) => {
      values.delete(checkStoreName(name));
    },
    names: async (prefix = '') => [...values.keys()].filter((name) => name.startsWith(prefix)).sort(),
  };
}
