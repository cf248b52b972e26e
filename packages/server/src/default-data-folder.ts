import { homedir } from 'node:os';
import { join } from 'node:path';

/** Names the folder that jobs, pictures and the token are kept in. */
export const dataFolderVariable = 'STABLE_POSE_SERVER';

/** STABLE_POSE_SERVER, else where this system keeps a user's data. */
export function defaultDataFolder(): string {
  const { env, platform } = process;
  const named = env[dataFolderVariable];
  if (named) return named;
  const data =
    platform === 'win32'
      ? (env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'))
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Application Support')
        : (env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'));
  return join(data, 'stable-pose', 'server');
}
