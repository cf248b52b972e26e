import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fuzzArrays } from './arrays.ts';
import { fuzzGraphModels } from './graph-models.ts';
import { fuzzPose } from './pose.ts';
import { fuzzReaders } from './readers.ts';

/**
 * Feeds broken input to everything that reads files from outside: npm run fuzz -- --seconds 60 [--seed N]. The seconds are
 * divided among the fuzzers. Exits with 1 when one finds something; the input is kept in test/fuzz/corpus.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isFinite(seconds) || seconds <= 0 || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run fuzz -- --seconds 60 [--seed 1]');
  process.exit(2);
}

const corpus = (name: string) => fileURLToPath(new URL(`./corpus/${name}`, import.meta.url));
const fuzzers = {
  pose: fuzzPose,
  readers: fuzzReaders,
  'graph-models': fuzzGraphModels,
  arrays: fuzzArrays,
};

for (const [name, fuzz] of Object.entries(fuzzers)) {
  const share = seconds / Object.keys(fuzzers).length;
  try {
    const { runs, read, refused, slowestMs } = await fuzz({ seconds: share, seed, corpus: corpus(name) });
    console.log(
      `${name}: ${runs} inputs in ${share} s (seed ${seed}): ${read} read, ${refused} refused, slowest ${slowestMs.toFixed(1)} ms`,
    );
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    console.error(error instanceof Error ? error.cause : '');
    process.exitCode = 1;
  }
}
