import { readFile } from 'node:fs/promises';
import { type Pose, readPoses, type Size, StablePoseError, scalePoses } from '@stable-pose/core';

export interface PoseFile {
  /** In pixels of `size`. */
  readonly poses: readonly Pose[];
  readonly size: Size;
  readonly format: string;
  readonly notes: readonly string[];
}

/**
 * Reads a pose file of any form.
 * @param size of the picture that the poses are wanted in: those of a file that says another are scaled to it
 * @throws file-not-found; invalid-pose, also when neither the file nor `size` says how large the picture is
 */
export async function readPoseFile(file: string, size?: Partial<Size>): Promise<PoseFile> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'is not there' : 'cannot be read';
    throw new StablePoseError('file-not-found', `The pose file ${file} ${why}.`, { cause });
  });
  const asked =
    size?.width !== undefined && size.height !== undefined
      ? { width: size.width, height: size.height }
      : undefined;
  const { poses, width, height, format, notes } = readPoses(text, { size: asked });
  const own = width !== undefined && height !== undefined ? { width, height } : undefined;
  const target = asked ?? own;
  if (target === undefined) {
    throw new StablePoseError('invalid-pose', `${file} does not say how large its picture is.`, {
      remedy: 'Say it with --width and --height.',
    });
  }
  const moved = own === undefined || (own.width === target.width && own.height === target.height);
  return { poses: moved ? poses : scalePoses(poses, own, target), size: target, format, notes };
}
