import { existsSync, readdirSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

const figurinePackage = '@stable-pose/figurine';

/** Stands in for the model that ships inside, as if it were named each time. */
export const modelVariable = 'STABLE_POSE_MODEL';

/**
 * The folder or file of the model that is used when none is named: what STABLE_POSE_MODEL says, else the figurine package's
 * folder.
 * @throws model-not-found
 */
export async function defaultModel(): Promise<string> {
  const named = process.env[modelVariable];
  if (named) {
    if (existsSync(named)) return named;
    throw new StablePoseError('model-not-found', `${modelVariable} names ${named}, which is not there.`);
  }
  const folder = await figurineFolder();
  if (folder && readdirSync(folder).some((name) => name.endsWith('.safetensors'))) return folder;
  throw new StablePoseError(
    'model-not-found',
    `The model that ships inside (${figurinePackage}) is not there.`,
    {
      remedy: folder
        ? 'Install the package again, or name a model.'
        : `Install it: npm install ${figurinePackage}, or name a model.`,
    },
  );
}

/** Links followed: in a clone, the package is a link into the workspace. */
export async function figurineFolder(): Promise<string | undefined> {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${figurinePackage}/package.json`);
    return dirname(await realpath(manifest));
  } catch {
    return undefined;
  }
}
