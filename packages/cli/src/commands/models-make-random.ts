import { makeRandomCheckpoint, type RandomLayout, randomLayouts } from '@stable-pose/models';
import { Argument, Command, Option } from 'commander';
import { wholeNumber } from '../generate-options.ts';
import { createProgressBar } from '../progress-bar.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { sizeWords } from './size-words.ts';

interface MakeRandomCommandOptions {
  readonly out: string;
  readonly dtype: 'f32' | 'f16' | 'bf16';
  readonly seed: number;
}

export function modelsMakeRandomCommand(): Command {
  return new Command('make-random')
    .summary('full-size checkpoints of random numbers')
    .description(
      'Writes a checkpoint in the form and size in which weights are published, filled with random numbers: to try memory, time and disk without a download.',
    )
    .addArgument(new Argument('<layout>', 'which form').choices([...randomLayouts]))
    .requiredOption('-o, --out <path>', 'the file (for diffusers: the folder) to make')
    .addOption(new Option('--dtype <name>', 'of the weights').choices(['f32', 'f16', 'bf16']).default('f16'))
    .option('--seed <n>', 'the same seed gives the same file', wholeNumber(0, 2 ** 32 - 1), 0)
    .action((layout: RandomLayout, options: MakeRandomCommandOptions) =>
      withInterrupt((signal) => run(layout, options, signal)),
    );
}

async function run(
  layout: RandomLayout,
  options: MakeRandomCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const bar = createProgressBar();
  let total = 1;
  let written = 0;
  try {
    const { files, tensors, parameters } = await makeRandomCheckpoint({
      layout,
      ...options,
      signal,
      onStart: (bytes) => {
        total = bytes;
      },
      onBytes: (bytes) => {
        written += bytes;
        bar.update(written / total, `${sizeWords(written)} of ${sizeWords(total)}`);
      },
    });
    bar.stop();
    process.stdout.write(`${files.join('\n')}\n`);
    process.stderr.write(
      `${tensors} tensors, ${(parameters / 1e6).toFixed(1)} million parameters, ${sizeWords(total)}.\n`,
    );
  } finally {
    bar.stop();
  }
}
