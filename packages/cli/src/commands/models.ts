import { Command } from 'commander';
import { modelsConvertCommand } from './models-convert.ts';
import { modelsInspectCommand } from './models-inspect.ts';
import { modelsListCommand } from './models-list.ts';
import { modelsMakeRandomCommand } from './models-make-random.ts';

export function modelsCommand(): Command {
  return new Command('models')
    .summary('look into model files, convert them, make some to try things with')
    .description(
      'Model files are used as they are published (safetensors, ckpt, the diffusers layout): nothing needs converting first.',
    )
    .addCommand(modelsListCommand())
    .addCommand(modelsInspectCommand())
    .addCommand(modelsConvertCommand())
    .addCommand(modelsMakeRandomCommand());
}
