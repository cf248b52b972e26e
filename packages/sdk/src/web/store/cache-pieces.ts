import type { PieceStore } from './piece-store.ts';
import { storageFailure } from './storage-failure.ts';

/** Nothing is ever fetched from it: a name that cannot exist. */
const prefix = 'https://stable-pose.invalid/';

/** Pieces as entries of the Cache API. @throws storage-unavailable in opaque origins and insecure contexts */
export async function cachePieces(cacheName: string): Promise<PieceStore> {
  const cache = await openCache(cacheName);
  const urlOf = (name: string) => prefix + encodeURIComponent(name);
  return {
    kind: 'cache',
    async read(name) {
      return (await cache.match(urlOf(name)))?.blob();
    },
    async write(name, content) {
      try {
        await cache.put(urlOf(name), new Response(content as Blob | Uint8Array<ArrayBuffer>));
      } catch (error) {
        throw storageFailure(error, `Storing ${name}`);
      }
    },
    async remove(name) {
      await cache.delete(urlOf(name));
    },
    async names() {
      const requests = await cache.keys();
      return requests.map(({ url }) => decodeURIComponent(url.slice(prefix.length)));
    },
  };
}

async function openCache(name: string): Promise<Cache> {
  try {
    return await caches.open(name);
  } catch (error) {
    throw storageFailure(error, 'Opening the cache');
  }
}
