import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createPersonMatter, type GraphRuntime, type PersonMatter, StablePoseError } from '@stable-pose/core';
import { openEyes } from '@stable-pose/models';
import { figurineFolder } from './default-model.ts';

/** Names a folder with the network's `config.json` and `eyes.safetensors`, in place of the figurine's `eyes`. */
export const eyesVariable = 'STABLE_POSE_EYES';

/**
 * The person matte, on a runtime that stays with the caller.
 * @throws model-not-found when its weights are not installed
 */
export async function openPersonMatter(runtime: GraphRuntime): Promise<PersonMatter> {
  const figurine = await figurineFolder();
  const folder = process.env[eyesVariable] ?? (figurine && join(figurine, 'eyes'));
  if (folder === undefined || !existsSync(join(folder, 'eyes.safetensors'))) {
    const where = folder ?? 'the package @stable-pose/figurine';
    throw new StablePoseError('model-not-found', `The network for person mattes is not in ${where}.`, {
      remedy: `Train it (models/training/README.md), and name its folder in ${eyesVariable}.`,
      details: { folder: where },
    });
  }
  const network = await openEyes(folder, { provider: runtime.provider });
  const matter = createPersonMatter({ runtime, network });
  return {
    matte: (picture, options) => matter.matte(picture, options),
    dispose: () => matter.dispose().finally(() => network.dispose()),
  };
}
