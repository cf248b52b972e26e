import { createProgram } from '../../../packages/cli/src/program.ts';
import type { FileServer } from '../../support/serve-files.ts';
import { serveSimulator } from './serve-simulator.ts';

/** The simulator with a team's build of the plug-in. @param own folder of the published one @param out where the team's goes */
export async function serveTeamBuild(own: string, out: string, address: string): Promise<FileServer> {
  const words = ['plugin', 'build', '--from', own, '--out', out, '--server', address];
  await createProgram().exitOverride().parseAsync(words, { from: 'user' });
  return serveSimulator({ '/plugin/': out });
}
