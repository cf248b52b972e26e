import { join } from 'node:path';
import { drawPoses, encodePng, parseRequest } from '@stable-pose/core';
import { Command } from 'commander';
import { contactSheet, type SheetPicture } from '../demo/contact-sheet.ts';
import { demoPictures, readBuiltInPose } from '../demo/demo-pictures.ts';
import { addEngineOptions, type EngineOptions, wholeNumber } from '../generate-options.ts';
import { makePictures } from '../make-pictures.ts';
import { writePictureFile } from '../metadata/picture-file.ts';
import { createEngine, openModelFiles } from '../open-engine.ts';
import { createProgressBar } from '../progress-bar.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { proveWritable, writeWholeFile } from '../write-file.ts';

interface DemoOptions extends EngineOptions {
  readonly out: string;
  readonly steps?: number;
  readonly count: number;
  readonly bestOf: number;
}

export function demoCommand(): Command {
  const command = new Command('demo')
    .summary('ten pictures in ten poses, and a page that shows them')
    .description(
      'Makes pictures of one, two and three people from the front, the side and behind, each beside its skeleton.',
    )
    .option('-o, --out <folder>', 'where they go', 'out')
    .option('--steps <n>', 'more is finer and slower', wholeNumber(1, 1000))
    .option(
      '-b, --best-of <n>',
      'tries a picture, of which the nearest to the pose counts',
      wholeNumber(1, 64),
      4,
    )
    .option('-c, --count <n>', 'only the first n', wholeNumber(1, demoPictures.length), demoPictures.length)
    .action((options: DemoOptions) => withInterrupt((signal) => demo(options, signal)));
  return addEngineOptions(command);
}

async function demo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const page = join(options.out, 'index.html');
  await proveWritable(page);
  const files = await openModelFiles(options);
  let dispose = () => files.dispose();
  const bar = createProgressBar();
  try {
    bar.update(0, 'starting');
    const started = performance.now();
    const engine = createEngine(files, options);
    dispose = () => engine.dispose().finally(() => files.dispose());
    const measure = (await engine.describe()).can.detectPose;
    const sheet: SheetPicture[] = [];
    const wanted = demoPictures.slice(0, options.count);
    for (const [index, { name, title, prompt, seed }] of wanted.entries()) {
      const { poses, width = 256, height = 256 } = await readBuiltInPose(name);
      const request = parseRequest({
        prompt,
        poses,
        width,
        height,
        seed,
        steps: options.steps,
        poseScore: { measure },
        bestOf: measure ? options.bestOf : 1,
      });
      const { pictures, seconds } = await makePictures(engine, request, {
        signal,
        bar,
        span: [index / wanted.length, (index + 1) / wanted.length],
        title: `${title}: `,
      });
      const picture = pictures[0]!;
      const png = writePictureFile(picture.raster, picture.request, {
        modelName: files.model.config.name,
        score: picture.score,
      });
      const skeleton = encodePng(drawPoses(poses, { width, height }));
      const fileName = `${name}.png`;
      await writeWholeFile(join(options.out, fileName), png);
      await writeWholeFile(join(options.out, `${name}-skeleton.png`), skeleton);
      const steps = picture.request.steps ?? 0;
      sheet.push({
        title,
        prompt,
        picture: png,
        skeleton,
        fileName,
        people: poses.length,
        seed: picture.seed,
        steps,
        others: (picture.others ?? []).map(({ raster }) => encodePng(raster)),
        seconds,
        ...(picture.score ? { score: picture.score.similarity } : {}),
      });
      if (!process.stderr.isTTY) process.stderr.write(`${fileName}: ${seconds.toFixed(1)} s\n`);
    }
    bar.stop();
    const totalSeconds = (performance.now() - started) / 1000;
    const { device } = await engine.describe();
    const facts = { modelName: files.model.config.name, device, totalSeconds };
    await writeWholeFile(page, contactSheet(sheet, facts));
    process.stdout.write(
      `${sheet.length} pictures in ${totalSeconds.toFixed(0)} s on ${device}. Open ${page}\n`,
    );
  } finally {
    bar.stop();
    await dispose();
  }
}
