import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this system keeps a user's data, our own part of it. Not made by asking. A variable that is empty counts as none, as XDG has it. */
export function userDataFolder(): string {
  const { env, platform } = process;
  const data =
    platform === 'win32'
      ? env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local')
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Application Support')
        : env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return join(data, 'stable-pose');
}
