import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { moveNetPaths } from '@stable-pose/movenet';
import { figurineFolder } from './default-model.ts';
import { installedEyes } from './open-eyes.ts';

/**
 * What an engine in a page needs, by the names under which it asks: the figurine, MoveNet, and the network that cuts people
 * out where its weights are installed.
 * @throws model-not-found without the figurine or MoveNet
 */
export async function engineFiles(): Promise<Readonly<Record<string, string>>> {
  const figurine = await figurineFolder();
  const names = figurine ? (await readdir(figurine)).filter((name) => isModelFile(name)) : [];
  if (figurine === undefined || !names.some((name) => name.endsWith('.safetensors'))) {
    throw new StablePoseError('model-not-found', 'The model that ships inside, the figurine, is missing.', {
      remedy: 'Install @stable-pose/figurine.',
    });
  }
  const moveNet = moveNetPaths();
  return {
    ...Object.fromEntries(names.map((name) => [`figurine/${name}`, join(figurine, name)])),
    'movenet/movenet-lightning.json': moveNet.topology,
    'movenet/movenet-lightning.bin': moveNet.weights,
    ...(await eyesFiles()),
  };
}

async function eyesFiles(): Promise<Readonly<Record<string, string>>> {
  const folder = await installedEyes();
  // The page says that it cannot cut people out.
  if (folder === undefined) return {};
  return {
    'eyes/config.json': join(folder, 'config.json'),
    'eyes/eyes.safetensors': join(folder, 'eyes.safetensors'),
  };
}

/** Those that an engine reads: a package has a manifest and words for people beside them. */
const isModelFile = (name: string) =>
  ['config.json', 'tokenizer.json', 'vocabulary.json'].includes(name) || name.endsWith('.safetensors');
