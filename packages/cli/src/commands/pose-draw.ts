import {
  drawSkeleton,
  encodePng,
  type SkeletonStyle,
  StablePoseError,
  skeletonStyles,
  skeletonSvg,
} from '@stable-pose/core';
import { Command, Option } from 'commander';
import { pixels } from '../pixels.ts';
import { readPoseFile } from '../read-pose-file.ts';
import { writeWholeFile } from '../write-file.ts';

interface DrawOptions {
  readonly out: string;
  readonly style: SkeletonStyle;
  readonly width?: number;
  readonly height?: number;
}

export function poseDrawCommand(): Command {
  return new Command('draw')
    .summary('draw the skeletons of a pose file')
    .description(
      "Draws a pose file's skeletons: a PNG with the pixels that a model is given, or a smooth SVG.",
    )
    .argument('<file>', 'a pose file in any known form')
    .requiredOption('-o, --out <file>', 'a .png or .svg')
    .addOption(new Option('--style <style>', 'whose drawing').choices(skeletonStyles).default('stable-pose'))
    .option('-W, --width <pixels>', "of the picture; the file's own when left out", pixels)
    .option('-H, --height <pixels>', "of the picture; the file's own when left out", pixels)
    .addHelpText(
      'after',
      `
Example:
  stable-pose pose draw pose.json --style openpose --out skeleton.png`,
    )
    .action(async (file: string, { out, style, ...size }: DrawOptions) => {
      const kind = /\.(png|svg)$/i.exec(out)?.[1].toLowerCase();
      if (kind === undefined) {
        throw new StablePoseError(
          'invalid-input',
          `A skeleton is drawn as PNG or SVG, and ${out} says neither.`,
          {
            remedy: 'End the name in .png or .svg.',
          },
        );
      }
      const {
        poses,
        size: { width, height },
        notes,
      } = await readPoseFile(file, size);
      for (const note of notes) process.stderr.write(`${note}\n`);
      const options = { width: Math.round(width), height: Math.round(height), style };
      const content = kind === 'svg' ? skeletonSvg(poses, options) : encodePng(drawSkeleton(poses, options));
      await writeWholeFile(out, content);
    });
}
