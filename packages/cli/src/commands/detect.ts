import {
  decodePng,
  drawSkeleton,
  encodePng,
  type Raster,
  type Rectangle,
  StablePoseError,
  withChannels,
  writePoses,
} from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../generate-options.ts';
import { openInstalledMoveNet } from '../open-movenet.ts';
import { readPicture } from '../read-picture.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { writeWholeFile } from '../write-file.ts';

interface DetectCommandOptions {
  readonly out: string;
  readonly box?: readonly Rectangle[];
  readonly draw?: string;
  readonly people?: number;
  readonly threads?: number;
}

export function detectCommand(): Command {
  return new Command('detect')
    .summary('find the people in a picture and write their poses')
    .description(
      'Finds people with MoveNet, unaided or one in each box, and writes a pose file that generate takes.',
    )
    .argument('<picture>', 'a PNG, JPEG or WebP')
    .requiredOption('-o, --out <file.json>', 'where the poses go')
    .option('--box <x,y,w,h>', 'look for one person here, in pixels; may be given several times', box)
    .option('--people <n>', 'at most so many, where no box is given', wholeNumber(1, 10))
    .option('--draw <file.png>', 'the picture with the skeletons over it')
    .option('--threads <n>', 'threads on the CPU', wholeNumber(1, 512))
    .action((picture: string, options: DetectCommandOptions) =>
      withInterrupt((signal) => detect(picture, options, signal)),
    );
}

async function detect(file: string, options: DetectCommandOptions, signal: AbortSignal): Promise<void> {
  const picture = decodePng(Buffer.from(await readPicture(file), 'base64'));
  const runtime = await createNodeRuntime({ device: 'cpu', threads: options.threads, signal });
  try {
    const { detector } = await openInstalledMoveNet(runtime);
    const people = await detector.detect(picture, {
      ...(options.box ? { boxes: options.box } : {}),
      ...(options.people === undefined ? {} : { maxPeople: options.people }),
      signal,
    });
    await detector.dispose();
    if (people.length === 0) {
      throw new StablePoseError('invalid-image', `Nobody was found in ${file}.`, {
        remedy: 'Say where the person is: --box x,y,width,height',
      });
    }
    const poses = people.map(({ pose }) => pose);
    const { width, height } = picture;
    await writeWholeFile(options.out, writePoses(poses, { width, height }, 'stable-pose').text);
    if (options.draw) {
      const skeleton = drawSkeleton(poses, { width, height });
      await writeWholeFile(options.draw, encodePng(laidOver(picture, skeleton)));
    }
    people.forEach(({ score, isGuess }, i) => {
      const how = isGuess
        ? 'not found; a standing person stands in the box as a guess'
        : `found, confidence ${score.toFixed(2)}`;
      process.stderr.write(`person ${i + 1}: ${how}\n`);
    });
    process.stdout.write(`${options.out}\n`);
  } finally {
    await runtime.dispose();
  }
}

/** The skeleton's lit pixels in place of the picture's. */
function laidOver(picture: Raster, skeleton: Raster): Raster {
  const base = withChannels(picture, 3);
  const lines = withChannels(skeleton, 3);
  const data = base.data.slice();
  for (let i = 0; i < data.length; i += 3) {
    if (lines.data[i] + lines.data[i + 1] + lines.data[i + 2] === 0) continue;
    data.set(lines.data.subarray(i, i + 3), i);
  }
  return { ...base, data };
}

function box(text: string, before: readonly Rectangle[] = []): readonly Rectangle[] {
  const [x, y, width, height, ...more] = text.split(',').map(Number);
  if ([x, y, width, height].every(Number.isFinite) && more.length === 0 && width > 0 && height > 0) {
    return [...before, { x, y, width, height }];
  }
  throw new InvalidArgumentError('Four numbers x,y,width,height were expected, width and height above 0.');
}
