import { Command } from 'commander';
import { pluginBuildCommand } from './plugin-build.ts';

export function pluginCommand(): Command {
  return new Command('plugin')
    .summary("builds of the editors' plug-ins for a team")
    .addCommand(pluginBuildCommand());
}
