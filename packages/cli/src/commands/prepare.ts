import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import {
  type DatasetLayout,
  type DatasetSplit,
  datasetLayouts,
  datasetSplits,
  prepareDataset,
  readDataset,
} from '@stable-pose/evaluation';
import { Command, InvalidArgumentError, Option } from 'commander';
import { extractFrames } from '../extract-frames.ts';
import { wholeNumber } from '../generate-options.ts';
import { openInstalledMoveNet } from '../open-movenet.ts';
import { createProgressBar } from '../progress-bar.ts';
import { readRaster } from '../read-raster.ts';
import { withInterrupt } from '../with-interrupt.ts';

interface PrepareOptions {
  readonly out: string;
  readonly prompt: string;
  readonly layout?: DatasetLayout;
  readonly split?: DatasetSplit;
  readonly every: number;
  readonly leastScore: number;
  readonly threads?: number;
}

export function prepareCommand(): Command {
  return new Command('prepare')
    .summary('pictures or frames of video as data to train and evaluate on')
    .description(
      'Finds the people in pictures and writes the layout that HumanSD and Stable-Pose train from: one pose file a picture, and a map file of pictures, poses and prompts. Reads folders of pictures or frames, Human-Art, LAION-Human, UBC Fashion, DAVIS and DanceTrack.',
    )
    .argument('<path>', 'a folder, or a data set')
    .requiredOption('-o, --out <folder>', 'the folder to make')
    .option('--prompt <words>', 'said of pictures of which the set says nothing', 'a person')
    .addOption(
      new Option('--layout <name>', 'of the set; recognised when left out').choices([...datasetLayouts]),
    )
    .addOption(new Option('--split <name>', 'of the set').choices([...datasetSplits]))
    .option('--every <n>', 'only every nth frame of a video', wholeNumber(1, 1_000_000), 1)
    .option('--least-score <x>', 'leave out people of whom the detector is less sure, 0 to 1', share, 0.3)
    .option('--threads <n>', 'threads on the CPU', wholeNumber(1, 512))
    .addHelpText(
      'after',
      `
Example:
  stable-pose prepare DAVIS --split validation --every 5 --prompt "a person in a film" --out data/davis
A run that was stopped or killed goes on when the same command is given again.`,
    )
    .action((path: string, options: PrepareOptions) =>
      withInterrupt((signal) => prepare(path, options, signal)),
    );
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('A number from 0 to 1 was expected.');
}

async function prepare(path: string, options: PrepareOptions, signal: AbortSignal): Promise<void> {
  const { out, prompt, layout, split, every, leastScore, threads } = options;
  const set = await readDataset(path, {
    layout,
    split,
    everyFrame: every,
    extractFrames: (video, folder) => extractFrames(video, folder, signal),
  });
  const bar = createProgressBar();
  const runtime = await createNodeRuntime({ device: 'cpu', threads, signal });
  try {
    const { detector } = await openInstalledMoveNet(runtime);
    const made = await prepareDataset(set, {
      out,
      prompt,
      leastScore,
      detector,
      readPicture: readRaster,
      signal,
      onProgress: ({ done, total, name }) => bar.update(done / total, `${done}/${total} ${name}`),
    });
    await detector.dispose();
    bar.stop();
    process.stdout.write(
      `${made.people} people in ${made.pictures} pictures of ${set.name}; ${made.empty} showed nobody. ${made.mapFile}\n`,
    );
  } finally {
    bar.stop();
    await runtime.dispose();
  }
}
