import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  createHeatMapDetector,
  createPersonMatter,
  type GraphRuntime,
  type PersonMatter,
  type PoseDetector,
  StablePoseError,
} from '@stable-pose/core';
import { openEyes } from '@stable-pose/models';
import { figurineFolder } from './default-model.ts';

/** Names a folder with the network's `config.json` and `eyes.safetensors`, in place of the figurine's `eyes`. */
export const eyesVariable = 'STABLE_POSE_EYES';

/**
 * The folder of the network's weights.
 * @throws model-not-found when they are not installed
 */
export async function eyesFolder(): Promise<string> {
  const figurine = await figurineFolder();
  const folder = process.env[eyesVariable] ?? (figurine && join(figurine, 'eyes'));
  if (folder === undefined || !existsSync(join(folder, 'eyes.safetensors'))) {
    const where = folder ?? 'the package @stable-pose/figurine';
    throw new StablePoseError('model-not-found', `The network for person mattes is not in ${where}.`, {
      remedy: `Train it (models/training/README.md), and name its folder in ${eyesVariable}.`,
      details: { folder: where },
    });
  }
  return folder;
}

/** {@link eyesFolder}, or undefined when the weights are not installed. */
export async function installedEyes(): Promise<string | undefined> {
  try {
    return await eyesFolder();
  } catch (error) {
    if (StablePoseError.is(error) && error.code === 'model-not-found') return undefined;
    throw error;
  }
}

/**
 * The person matte, on a runtime that stays with the caller.
 * @throws model-not-found when its weights are not installed
 */
export async function openPersonMatter(runtime: GraphRuntime): Promise<PersonMatter> {
  const network = await openEyes(await eyesFolder(), { provider: runtime.provider });
  const matter = createPersonMatter({ runtime, network });
  return {
    matte: (picture, options) => matter.matte(picture, options),
    dispose: () => matter.dispose().finally(() => network.dispose()),
  };
}

/**
 * The pose detector over the same network's heat maps, on a runtime that stays with the caller.
 * @throws model-not-found when its weights are not installed
 */
export async function openHeatMapDetector(runtime: GraphRuntime): Promise<PoseDetector> {
  const network = await openEyes(await eyesFolder(), { provider: runtime.provider });
  const detector = createHeatMapDetector({ runtime, network });
  return {
    detect: (picture, options) => detector.detect(picture, options),
    dispose: () => detector.dispose().finally(() => network.dispose()),
  };
}
