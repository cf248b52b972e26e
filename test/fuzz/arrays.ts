import { readNpz } from '../../models/src/numpy/index.ts';
import { type FuzzOptions, type FuzzReport, fuzzLoop } from './fuzz-loop.ts';
import { refusedAsCheckpoint } from './refused-as-checkpoint.ts';
import { scrambled } from './scrambled.ts';
import { withScrambledEntries } from './scrambled-zip.ts';

/**
 * Feeds broken NumPy archives to their reader. Whatever comes, it gives arrays with as many values as their shape says, or it
 * refuses with a checkpoint's code; nothing is executed.
 */
export function fuzzArrays(options: FuzzOptions): Promise<FuzzReport> {
  return fuzzLoop(options, {
    what: 'A NumPy archive',
    ending: '.npz',
    mutated: (files, random) => {
      const file = files[Math.floor(random() * files.length)]!;
      return random() < 0.8 ? withScrambledEntries(file, random, '.npy') : scrambled(file, files[0]!, random);
    },
    holds,
  });
}

async function holds(input: Uint8Array): Promise<boolean> {
  try {
    for (const [name, array] of await readNpz(input, 'fuzz')) {
      const count = array.shape.reduce((product, side) => product * side, 1);
      if (array.values.length !== count)
        throw new Error(`${name} has ${array.values.length} values of ${count}.`);
    }
    return true;
  } catch (error) {
    return refusedAsCheckpoint(error);
  }
}
