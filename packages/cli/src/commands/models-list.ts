import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { familyNames, inspectCheckpoint } from '@stable-pose/models';
import { defaultModelFolder } from '@stable-pose/sdk/node';
import { Command } from 'commander';
import { figurineFolder } from '../default-model.ts';
import { nameOf } from '../name-of.ts';
import { sizeWords } from './size-words.ts';

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
      'Lists the model that ships inside, those that were pulled, and the models, adapters and other checkpoints in folders.',
    )
    .argument('[folders...]', 'where to look; the current folder when left out')
    .option('--json', 'print JSON')
    .action(async (folders: string[], { json }: { json?: boolean }) => {
      const inside = await figurineFolder();
      const kept = defaultModelFolder();
      const places = [
        ...(inside ? [inside] : []),
        ...(existsSync(kept) ? [kept] : []),
        ...(folders.length > 0 ? folders : ['.']),
      ];
      const paths = places.flatMap((folder) => [...candidates(folder)]);
      const found: FoundModel[] = [];
      for (const path of new Set(paths)) found.push(await look(path));
      if (json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
      else if (found.length === 0) process.stdout.write('No model files were found.\n');
      else for (const model of found) process.stdout.write(`${row(model)}\n`);
    });
}

function row({ path, kind, bytes }: FoundModel): string {
  return `${sizeWords(bytes).padStart(8)}  ${shorter(path)}  (${kind})`;
}

const shorter = (path: string): string => {
  const near = relative('.', path);
  return near.startsWith('..') ? path : near || '.';
};

/** What the diffusers library calls the weights of one network in a folder, without ending. */
const networkFile = /^diffusion_pytorch_model\b.*\.(safetensors|bin)$/;

/** Checkpoint files, diffusers folders (of a model or of one network) and converted folders. @throws file-not-found */
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
  if (names.includes('config.json') && names.some((name) => networkFile.test(name))) {
    yield folder;
    return;
  }
  for (const name of names) {
    const path = join(folder, name);
    if (endings.test(name)) yield path;
    else if (depth < deepestFolder && !name.startsWith('.') && name !== 'node_modules') {
      if (isFolder(path)) yield* candidates(path, depth + 1);
    }
  }
}

async function look(path: string): Promise<FoundModel> {
  const bytes = bytesOf(path);
  const name = nameOf(path);
  try {
    if (isFolder(path) && !readdirSync(path).some((one) => networkFile.test(one))) {
      return { path, bytes, name, kind: 'model folder' };
    }
    const { family, parts, inpainting } = await inspectCheckpoint(path);
    const known = family === 'stable-diffusion-1' || parts.length > 0;
    const kind = known ? parts.join(', ') : familyNames[family];
    return { path, bytes, name, kind: inpainting ? `${kind}, inpainting` : kind };
  } catch (error) {
    return { path, bytes, name, kind: `not readable: ${StablePoseError.from(error).code}` };
  }
}

/** False for a link that leads nowhere, too. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function bytesOf(path: string): number {
  if (!isFolder(path)) return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
