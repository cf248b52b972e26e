import { cutOut, encodePng } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { Command } from 'commander';
import { wholeNumber } from '../generate-options.ts';
import { openPersonMatter } from '../open-eyes.ts';
import { readRaster } from '../read-raster.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { writeWholeFile } from '../write-file.ts';

interface MatteOptions {
  readonly out?: string;
  readonly only?: boolean;
  readonly threads?: number;
}

export function matteCommand(): Command {
  return new Command('matte')
    .summary('cut people out of a picture')
    .description('Writes a PNG of the picture’s people on a transparent ground.')
    .argument('<picture>', 'PNG, JPEG, WebP or TIFF')
    .option('-o, --out <file.png>', 'the picture’s name with -matte.png when left out')
    .option('--only', 'write the matte itself: white where people are')
    .option('--threads <n>', 'threads on the CPU', wholeNumber(1, 512))
    .action((file: string, options: MatteOptions) =>
      withInterrupt(async (signal) => {
        const picture = await readRaster(file);
        const runtime = await createNodeRuntime({ device: 'cpu', threads: options.threads, signal });
        try {
          const matter = await openPersonMatter(runtime);
          try {
            const matte = await matter.matte(picture, { signal });
            const out = options.out ?? `${file.replace(/\.[^./\\]*$/, '')}-matte.png`;
            await writeWholeFile(out, encodePng(options.only ? matte : cutOut(picture, matte)));
            process.stdout.write(`${out}\n`);
          } finally {
            await matter.dispose();
          }
        } finally {
          await runtime.dispose();
        }
      }),
    );
}
