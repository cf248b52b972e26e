import { StablePoseError } from '@stable-pose/core';
import { checkStoreName, type HostStore } from '@stable-pose/sdk';
import type { UxpFile, UxpFolder, UxpStorage } from '../photoshop/uxp.ts';

/** Of one value, in the rooms of the plug-in's data folder. */
export const storeBytes = { settings: 1_000_000, blobs: 50_000_000 } as const;

const begin = 'v-';
const unfinished = 'unfinished-';

/** A store in a folder of the plug-in's own data (`plugin-data:/`): a file a value, written aside and then renamed. */
export function folderStore(storage: UxpStorage, room: string, valueBytes: number): HostStore {
  let opened: Promise<UxpFolder> | undefined;
  let writes = 0;
  const folder = () => {
    opened ??= openRoom(storage, room);
    return opened;
  };
  const find = async (name: string) =>
    (await folder().then((one) => one.getEntries())).find(
      (entry): entry is UxpFile => !entry.isFolder && entry.name === fileName(name),
    );
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (StablePoseError.is(error)) throw error;
      opened = undefined;
      throw new StablePoseError('storage-unavailable', `Photoshop's data folder failed: ${words(error)}`, {
        cause: error,
      });
    }
  };
  return {
    place: 'device',
    valueBytes,
    read: (name) =>
      guarded(async () => {
        const file = await find(checkStoreName(name));
        if (!file) return undefined;
        return new Uint8Array((await file.read({ format: storage.formats.binary })) as ArrayBuffer);
      }),
    write: (name, value) =>
      guarded(async () => {
        checkStoreName(name);
        if (value.length > valueBytes) {
          throw new StablePoseError(
            'limit-exceeded',
            `One value has at most ${valueBytes} bytes here, got ${value.length}.`,
            { details: { name, bytes: value.length, limit: valueBytes } },
          );
        }
        const room = await folder();
        const aside = await room.createFile(`${unfinished}${writes++}`, { overwrite: true });
        await aside.write(value.slice().buffer as ArrayBuffer, { format: storage.formats.binary });
        await aside.moveTo(room, { newName: fileName(name), overwrite: true });
      }),
    delete: (name) =>
      guarded(async () => {
        await (await find(checkStoreName(name)))?.delete();
      }),
    names: (prefix = '') =>
      guarded(async () => {
        const entries = await (await folder()).getEntries();
        return entries
          .filter((entry) => !entry.isFolder && entry.name.startsWith(begin))
          .map((entry) => decodeURIComponent(entry.name.slice(begin.length)))
          .filter((name) => name.startsWith(prefix))
          .sort();
      }),
  };
}

async function openRoom(storage: UxpStorage, room: string): Promise<UxpFolder> {
  const data = await storage.localFileSystem.getDataFolder();
  const there = (await data.getEntries()).find((entry) => entry.isFolder && entry.name === room);
  return (there as UxpFolder | undefined) ?? data.createFolder(room);
}

/** Windows and macOS take `A` and `a` for one name, and Windows takes some names for devices: both are kept apart. */
function fileName(name: string): string {
  const escaped = name.replace(/[^a-z0-9._-]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `${begin}${escaped.replace(/\.$/, '%2e')}`;
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
