import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { openAdapter, openModel } from '@stable-pose/models';
import { Command } from 'commander';
import { figurineFolder } from '../default-model.ts';

/** Something in a folder that is, or could be, a model. */
interface FoundModel {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly bytes: number;
}

const endings = /\.(safetensors|ckpt|pth|pt)$/;
const deepestFolder = 3;

export function modelsListCommand(): Command {
  return new Command('list')
    .summary('the models in folders')
    .description(
      'Lists the model that ships inside, and the models, adapters and other checkpoints in folders.',
    )
    .argument('[folders...]', 'where to look; the current folder when left out')
    .option('--json', 'print JSON')
    .action(async (folders: string[], { json }: { json?: boolean }) => {
      const inside = await figurineFolder();
      const places = [...(inside ? [inside] : []), ...(folders.length > 0 ? folders : ['.'])];
      const paths = places.flatMap((folder) => [...candidates(folder)]);
      const found: FoundModel[] = [];
      for (const path of new Set(paths)) found.push(await look(path));
      if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else if (found.length === 0) process.stdout.write('No model files were found.\n');
      else for (const model of found) process.stdout.write(`${row(model)}\n`);
    });
}

function row({ path, kind, name, bytes }: FoundModel): string {
  return `${kind.padEnd(16)} ${sizeWords(bytes).padStart(8)}  ${name.padEnd(28)} ${shorter(path)}`;
}

const shorter = (path: string): string => {
  const near = relative('.', path);
  return near.startsWith('..') ? path : near || '.';
};

export function sizeWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(0)} MB`;
  return `${Math.ceil(bytes / 1e3)} kB`;
}

/** Checkpoint files, diffusers folders and converted folders. @throws file-not-found */
function* candidates(folder: string, depth = 0): Generator<string> {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    if (depth > 0) return;
    throw new StablePoseError('file-not-found', `There is no folder ${folder}.`, { cause });
  }
  if (names.includes('model_index.json') || names.includes('stable-pose-model.json')) {
    yield folder;
    return;
  }
  for (const name of names) {
    const path = join(folder, name);
    if (endings.test(name)) yield path;
    else if (depth < deepestFolder && !name.startsWith('.') && name !== 'node_modules') {
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) yield* candidates(path, depth + 1);
    }
  }
}

async function look(path: string): Promise<FoundModel> {
  const bytes = bytesOf(path);
  try {
    const model = await openModel({ path });
    await model.dispose();
    const adapter = await openAdapter({ path }).catch(() => undefined);
    await adapter?.dispose();
    const inpainting = model.config.unet.inputChannels === 9 ? ' (inpainting)' : '';
    return { path, bytes, kind: adapter ? 'model + adapter' : `model${inpainting}`, name: model.config.name };
  } catch (error) {
    const adapter = await openAdapter({ path }).catch(() => undefined);
    if (adapter) {
      await adapter.dispose();
      return { path, bytes, kind: `${adapter.config.kind}`, name: adapter.config.name };
    }
    return { path, bytes, kind: 'other', name: StablePoseError.from(error).code };
  }
}

function bytesOf(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
