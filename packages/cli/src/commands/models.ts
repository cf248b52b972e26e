import { Command } from 'commander';
import { modelsConvertCommand } from './models-convert.ts';
import { modelsInspectCommand } from './models-inspect.ts';
import { modelsListCommand } from './models-list.ts';
import { modelsMakeRandomCommand } from './models-make-random.ts';
import { modelsPullCommand } from './models-pull.ts';

export function modelsCommand(): Command {
  return new Command('models')
    .summary('fetch models, look into them, convert them, make some to try things with')
    .description(
      'Model files are used as they are published (safetensors, ckpt, the diffusers layout): nothing needs converting first.',
    )
    .addCommand(modelsPullCommand())
    .addCommand(modelsListCommand())
    .addCommand(modelsInspectCommand())
    .addCommand(modelsConvertCommand())
    .addCommand(modelsMakeRandomCommand());
}
