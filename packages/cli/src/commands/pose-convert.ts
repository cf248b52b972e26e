import { writePoses, writtenPoseFormats } from '@stable-pose/core';
import { Command, Option } from 'commander';
import { pixels } from '../pixels.ts';
import { readPoseFile } from '../read-pose-file.ts';
import { writeWholeFile } from '../write-file.ts';

interface ConvertOptions {
  readonly to: string;
  readonly out?: string;
  readonly width?: number;
  readonly height?: number;
}

export function poseConvertCommand(): Command {
  return new Command('convert')
    .summary('write a pose file in another form')
    .description('Writes the poses of a file in another form, and says what that form cannot carry.')
    .argument('<file>', 'a pose file in any known form')
    .addOption(
      new Option('--to <format>', 'the form to write')
        .choices(writtenPoseFormats.map(({ name }) => name))
        .makeOptionMandatory(),
    )
    .option('-o, --out <file>', 'where to; printed when left out')
    .option('-W, --width <pixels>', "of the picture; the file's own when left out", pixels)
    .option('-H, --height <pixels>', "of the picture; the file's own when left out", pixels)
    .addHelpText(
      'after',
      `
Examples:
  stable-pose pose convert openpose.json --to stable-pose --out pose.json
  stable-pose pose convert pose.json --to comfyui --width 768 --height 768`,
    )
    .action(async (file: string, { to, out, ...size }: ConvertOptions) => {
      const read = await readPoseFile(file, size);
      const { text, notes } = writePoses(read.poses, read.size, to);
      for (const note of [`Read as ${read.format}.`, ...read.notes, ...notes])
        process.stderr.write(`${note}\n`);
      if (out === undefined) process.stdout.write(text);
      else await writeWholeFile(out, text);
    });
}
