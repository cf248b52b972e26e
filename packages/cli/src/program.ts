import { createRequire } from 'node:module';
import { Command } from 'commander';
import { compareCommand } from './commands/compare.ts';
import { demoCommand } from './commands/demo.ts';
import { detectCommand } from './commands/detect.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { generateCommand } from './commands/generate.ts';
import { matteCommand } from './commands/matte.ts';
import { modelsCommand } from './commands/models.ts';
import { pluginCommand } from './commands/plugin.ts';
import { poseCommand } from './commands/pose.ts';
import { prepareCommand } from './commands/prepare.ts';
import { serveCommand } from './commands/serve.ts';
import { studioCommand } from './commands/studio.ts';
import { workerCommand } from './commands/worker.ts';

/** The `stable-pose` command. Errors are thrown to whoever parses. */
export function createProgram(): Command {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return new Command('stable-pose')
    .description('A prompt and a drawn skeleton become a picture of people in exactly that pose.')
    .version(version, '-V, --version')
    .option('--debug', 'show where an error comes from')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText(
      'after',
      `
Begin with:
  stable-pose doctor                                        what this machine can run
  stable-pose studio                                        a page to pose, generate and choose in
  stable-pose demo                                          ten pictures into out/
  stable-pose generate "a woman in a red dress" --pose standing-front
  stable-pose generate --help                               everything a picture can be told`,
    )
    .addCommand(generateCommand())
    .addCommand(modelsCommand())
    .addCommand(poseCommand())
    .addCommand(detectCommand())
    .addCommand(matteCommand())
    .addCommand(studioCommand())
    .addCommand(serveCommand())
    .addCommand(workerCommand())
    .addCommand(pluginCommand())
    .addCommand(doctorCommand())
    .addCommand(demoCommand())
    .addCommand(evaluateCommand())
    .addCommand(compareCommand())
    .addCommand(prepareCommand());
}
