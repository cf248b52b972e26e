import { Command } from 'commander';
import { poseConvertCommand } from './pose-convert.ts';
import { poseDrawCommand } from './pose-draw.ts';

export function poseCommand(): Command {
  return new Command('pose')
    .summary('convert pose files, draw their skeletons')
    .description(
      'Reads a pose file in any form it knows, told by its shape, and writes it in another, or as a picture.',
    )
    .addCommand(poseConvertCommand())
    .addCommand(poseDrawCommand());
}
