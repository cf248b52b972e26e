import { StablePoseError } from '@stable-pose/core/errors';
import type { ModelFiles } from '../files/model-files.ts';
import { folderOf, joinPath } from '../files/path-names.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCheckpoint } from './read-checkpoint.ts';
import { joinCheckpoints } from './sharded.ts';

/**
 * Opens a checkpoint file, or several that are read as one. Formats are told by content.
 * @throws file-not-found, checkpoint-corrupt, checkpoint-unsupported
 */
export async function openCheckpoint(
  files: ModelFiles,
  path: string | readonly string[],
): Promise<Checkpoint> {
  if (typeof path === 'string') {
    const access = await files.open(path);
    return readCheckpoint(access, (name) => files.open(joinPath(folderOf(access.name), name)));
  }
  if (path.length === 0) throw new StablePoseError('invalid-input', 'No checkpoint file was named.');
  const opened: Checkpoint[] = [];
  try {
    for (const one of path) opened.push(await openCheckpoint(files, one));
    return joinCheckpoints(opened);
  } catch (error) {
    await Promise.all(opened.map((checkpoint) => checkpoint.close()));
    throw error;
  }
}
