import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createMoveNetDetector, type GraphRuntime, type PoseDetector } from '@stable-pose/core';
import { openMoveNet } from '@stable-pose/models';
import { moveNetPaths } from '@stable-pose/movenet';

export interface OpenedMoveNet {
  readonly detector: PoseDetector;
  /** SHA-256 of its weights. */
  readonly sha256: string;
}

/** The pose detector that the package @stable-pose/movenet names, on a runtime that stays with the caller. */
export async function openInstalledMoveNet(runtime: GraphRuntime): Promise<OpenedMoveNet> {
  const paths = moveNetPaths();
  const [topology, weights] = await Promise.all([readFile(paths.topology), readFile(paths.weights)]);
  const network = openMoveNet({ topology, weights });
  return {
    detector: createMoveNetDetector({ runtime, network }),
    sha256: createHash('sha256').update(weights).digest('hex'),
  };
}
