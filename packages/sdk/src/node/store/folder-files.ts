import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { SourceFile } from './source-file.ts';

/**
 * Files of this machine, as a source: a stick, a network drive. No hash is known of them but what a manifest beside says.
 * @param paths inside the folder; all that do not begin with a dot when absent
 */
export async function folderFiles(
  folder: string,
  paths?: readonly string[],
  isFile = false,
): Promise<readonly SourceFile[]> {
  const root = isFile ? dirname(folder) : folder;
  const all = paths ?? (await walk(root));
  return Promise.all(
    all.map(async (path): Promise<SourceFile> => {
      const full = join(root, path);
      const { size } = await stat(full);
      return {
        path: path.split(sep).join('/'),
        bytes: size,
        open: async (from) => {
          const { size: bytes, mtimeMs } = await stat(full);
          const content = createReadStream(full, {
            start: Math.min(from, bytes),
            highWaterMark: 1024 * 1024,
          });
          return { from, bytes, version: `${mtimeMs}`, content };
        },
      };
    }),
  );
}

async function walk(folder: string, inside = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = inside ? `${inside}/${entry.name}` : entry.name;
    if (entry.isDirectory()) found.push(...(await walk(folder, path)));
    else found.push(path);
  }
  return found.sort();
}
