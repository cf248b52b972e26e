import { spawn } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

/**
 * Takes a video apart into `00001.png` ... with ffmpeg, where it is installed. The folder is there when it is whole.
 * @throws file-not-found without ffmpeg, invalid-image when it fails
 */
export async function extractFrames(video: string, folder: string, signal?: AbortSignal): Promise<void> {
  const partial = `${folder}.part`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await new Promise<void>((done, fail) => {
    const args = ['-nostdin', '-v', 'error', '-i', video, join(partial, '%05d.png')];
    const child = spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-400);
    });
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ABORT_ERR') {
        fail(new StablePoseError('cancelled', 'The work was cancelled.', { cause }));
        return;
      }
      fail(
        new StablePoseError('file-not-found', `${video} cannot be taken apart: ffmpeg is not installed.`, {
          remedy: `Install ffmpeg, or put its frames into ${folder}.`,
          cause,
        }),
      );
    });
    child.on('close', (code) => {
      if (code === 0) done();
      else
        fail(new StablePoseError('invalid-image', `ffmpeg could not take ${video} apart: ${words.trim()}`));
    });
  });
  await rename(partial, folder);
}
