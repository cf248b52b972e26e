import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  createMoveNetDetector,
  createPersonMatter,
  type GraphRuntime,
  type PersonMatter,
  StablePoseError,
} from '@stable-pose/core';
import { createNodeRuntime, type NodeRuntimeOptions } from '@stable-pose/core/onnx-node';
import { openEyes, openMoveNet } from '@stable-pose/models';
import type { EngineLimits } from '../generation-engine.ts';
import { LocalEngine, type LocalModel } from '../local-engine.ts';
import type { ModelStore } from '../model-store.ts';
import { defaultModel } from './default-model.ts';
import { type NodeModelFiles, openModelFiles } from './open-model-files.ts';

export interface NodeEngineOptions
  extends Pick<NodeRuntimeOptions, 'device' | 'threads' | 'weightsInPlace' | 'idleMs' | 'onPassedOver'> {
  /**
   * Paths, files that belong together, or what opens them; the first is used when a request names none. Absent: what
   * STABLE_POSE_MODEL names, else the figurine.
   */
  readonly models?: readonly (string | NodeModelFiles | LocalModel)[];
  /** Models that were pulled into it can be asked for too, after `models`. */
  readonly store?: ModelStore & { pathOf(id: string): string };
  /** Hold only the part of the model that works: slower, in less memory. Absent: where memory is short. */
  readonly partsInTurn?: boolean;
  readonly limits?: EngineLimits;
  /**
   * Folder of the network that cuts people out (`config.json`, `eyes.safetensors`). Absent: what STABLE_POSE_EYES names, else
   * `eyes` in the figurine's folder, where it is there.
   */
  readonly eyes?: string;
}

/**
 * The engine in this very program, on onnxruntime-node. Nothing is opened or started before the first request; then the
 * device proves itself, and the model's files are read where they lie.
 */
export function createNodeEngine(options: NodeEngineOptions = {}): LocalEngine {
  const { device, threads, weightsInPlace, idleMs, onPassedOver, store, partsInTurn, limits } = options;
  const advice: string[] = [];
  const models = async (): Promise<readonly LocalModel[]> => {
    const named = options.models ?? [await defaultModel()];
    const entries = named.map((files) => {
      if (typeof files === 'string') return localModel({ path: files });
      return 'open' in files ? files : localModel(files);
    });
    const stored = (await store?.list())?.filter(({ isComplete }) => isComplete) ?? [];
    return [...entries, ...stored.map(({ id }) => localModel({ path: store?.pathOf(id) ?? id, id }))];
  };
  const canDetect = hasMoveNet();
  const eyes = options.eyes ?? process.env[eyesVariable] ?? figurineEyes();
  return new LocalEngine({
    kind: 'node',
    name: 'This computer',
    models,
    startRuntime: async (signal) => {
      advice.length = 0;
      return createNodeRuntime({
        device,
        threads,
        weightsInPlace,
        idleMs,
        signal,
        onPassedOver: (passed, reason) => {
          // A device that is not there is no news; one that is there and does not serve is.
          if (reason.code !== 'device-unavailable') advice.push(reason.message);
          onPassedOver?.(passed, reason);
        },
      });
    },
    ...(canDetect ? { openDetector } : {}),
    ...(eyes ? { openMatter: (runtime: GraphRuntime) => openMatter(eyes, runtime) } : {}),
    advice: async () => [
      ...advice,
      ...(canDetect
        ? []
        : [`Poses in pictures are found with ${moveNetPackage}: npm install ${moveNetPackage}`]),
    ],
    ...(store ? { store } : {}),
    ...(partsInTurn === undefined ? {} : { partsInTurn }),
    ...(limits ? { limits } : {}),
  });
}

function localModel(files: NodeModelFiles): LocalModel {
  const { id } = files;
  return {
    key: JSON.stringify(files),
    ...(id === undefined ? {} : { id }),
    open: () => openModelFiles(files),
  };
}

const moveNetPackage = '@stable-pose/movenet';

function hasMoveNet(): boolean {
  try {
    createRequire(import.meta.url).resolve(moveNetPackage);
    return true;
  } catch {
    return false;
  }
}

/** Names the folder of the network that cuts people out. */
const eyesVariable = 'STABLE_POSE_EYES';

function figurineEyes(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('@stable-pose/figurine/package.json');
    const folder = join(dirname(manifest), 'eyes');
    return existsSync(join(folder, 'eyes.safetensors')) ? folder : undefined;
  } catch {
    return undefined;
  }
}

async function openMatter(folder: string, runtime: GraphRuntime): Promise<PersonMatter> {
  const network = await openEyes(folder, { provider: runtime.provider });
  const matter = createPersonMatter({ runtime, network });
  return {
    matte: (picture, options) => matter.matte(picture, options),
    dispose: () => matter.dispose().finally(() => network.dispose()),
  };
}

async function openDetector(runtime: GraphRuntime) {
  try {
    const { moveNetPaths } = await import('@stable-pose/movenet');
    const paths = moveNetPaths();
    const [topology, weights] = await Promise.all([readFile(paths.topology), readFile(paths.weights)]);
    const network = openMoveNet({ topology, weights }, { provider: runtime.provider });
    return createMoveNetDetector({ runtime, network });
  } catch (cause) {
    if (StablePoseError.is(cause)) throw cause;
    throw new StablePoseError('model-not-found', 'The files of the pose detector are not there.', {
      remedy: `Install them again: npm install ${moveNetPackage}`,
      cause,
    });
  }
}
