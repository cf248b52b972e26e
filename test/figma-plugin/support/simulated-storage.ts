import { figmaClone } from './figma-clone.ts';

/** "5 MB per plugin id" (developers.figma.com, figma.clientStorage). */
export const clientStorageBytes = 5_000_000;

/** `figma.clientStorage`, in memory. */
export function simulatedStorage() {
  const values = new Map<string, unknown>();
  const bytes = () => [...values].reduce((sum, [key, value]) => sum + key.length + bytesOf(value), 0);
  return {
    getAsync: async (key: string) => figmaClone(values.get(text(key))),
    setAsync: async (key: string, value: unknown) => {
      const before = values.get(text(key));
      const had = values.has(key);
      values.set(key, figmaClone(value));
      if (bytes() <= clientStorageBytes) return;
      if (had) values.set(key, before);
      else values.delete(key);
      throw new Error('in setAsync: The plugin has exceeded its storage quota of 5MB');
    },
    deleteAsync: async (key: string) => void values.delete(text(key)),
    keysAsync: async () => [...values.keys()],
  };
}

function text(key: unknown): string {
  if (typeof key === 'string') return key;
  throw new Error('Expected "key" to be a string');
}

function bytesOf(value: unknown): number {
  return Object.prototype.toString.call(value) === '[object Uint8Array]'
    ? (value as Uint8Array).length
    : (JSON.stringify(value) ?? '').length;
}
