import { StablePoseError } from '@stable-pose/core';
import { checkStoreName, type HostStore, memoryStore } from '@stable-pose/sdk';

/** A store in the browser's IndexedDB; in memory where the page is given none (private windows, sandboxed frames). */
export async function openBrowserStore(name: string): Promise<HostStore> {
  try {
    return indexedStore(await openDatabase(name));
  } catch {
    return memoryStore();
  }
}

const table = 'values';

function indexedStore(database: IDBDatabase): HostStore {
  const run = async <T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> => {
    try {
      const transaction = database.transaction(table, mode);
      const request = work(transaction.objectStore(table));
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? request.error);
        transaction.onerror = () => reject(transaction.error ?? request.error);
      });
      return request.result;
    } catch (cause) {
      const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
      throw isFull
        ? new StablePoseError('storage-full', "The browser's storage is full.", { cause })
        : new StablePoseError('storage-unavailable', "The browser's storage cannot be used.", { cause });
    }
  };
  return {
    place: 'device',
    read: async (key) => {
      const value = await run('readonly', (store) => store.get(checkStoreName(key)) as IDBRequest<unknown>);
      return value instanceof Uint8Array ? value : undefined;
    },
    write: async (key, value) => {
      await run('readwrite', (store) => store.put(value.slice(), checkStoreName(key)));
    },
    delete: async (key) => {
      await run('readwrite', (store) => store.delete(checkStoreName(key)));
    },
    names: async (prefix = '') => {
      const keys = await run('readonly', (store) => store.getAllKeys());
      return keys
        .map(String)
        .filter((key) => key.startsWith(prefix))
        .sort();
    },
  };
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('Another page holds an older version open.'));
  });
}
