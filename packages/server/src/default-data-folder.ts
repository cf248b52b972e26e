import { join } from 'node:path';
import { userDataFolder } from '@stable-pose/sdk/node';

/** Names the folder that jobs, pictures and the token are kept in. */
export const dataFolderVariable = 'STABLE_POSE_SERVER';

/** STABLE_POSE_SERVER, else where this system keeps a user's data. */
export function defaultDataFolder(): string {
  return process.env[dataFolderVariable] || join(userDataFolder(), 'server');
}
