import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Paths of MoveNet lightning's two files, a TensorFlow.js graph model. */
export interface MoveNetPaths {
  /** Topology and the list of weights: JSON, 0.16 MB. */
  readonly topology: string;
  /** The weights as float16, 4.65 MB. */
  readonly weights: string;
}

/**
 * Where MoveNet lies. Nothing is read and no code of the package that carries it runs: its entry is only looked up, since
 * its `exports` name no file of its `models` folder.
 * @throws Node's MODULE_NOT_FOUND when @vladmandic/human is not installed
 */
export function moveNetPaths(): MoveNetPaths {
  const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
  const folder = join(dirname(entry), '..', 'models');
  return {
    topology: join(folder, 'movenet-lightning.json'),
    weights: join(folder, 'movenet-lightning.bin'),
  };
}
