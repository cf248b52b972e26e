import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const endings = /\.(safetensors|ckpt|pth|pt|bin|onnx|data|weights)$/;

/**
 * SHA-256 of every file of weights in a file or folder, by its name (with `/` before it where it lies deeper).
 * @param role stands before each name
 */
export async function hashWeights(role: string, path: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const file of filesOf(path)) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file.path), hash);
    hashes[`${role}${file.name === '' ? '' : `/${file.name}`}`] = hash.digest('hex');
  }
  return hashes;
}

function filesOf(path: string, name = ''): { path: string; name: string }[] {
  if (!statSync(path).isDirectory()) return [{ path, name }];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const inside = name === '' ? entry.name : `${name}/${entry.name}`;
      if (entry.isDirectory()) return filesOf(join(path, entry.name), inside);
      return endings.test(entry.name) ? [{ path: join(path, entry.name), name: inside }] : [];
    });
}
