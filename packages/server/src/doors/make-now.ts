import { type Pose, StablePoseError, scalePoses } from '@stable-pose/core';
import { readPoseInput } from '../http/read-pose-input.ts';
import type { PictureRecord } from '../jobs/job-record.ts';
import type { Jobs, Submission } from '../jobs/jobs.ts';
import { pictureName } from '../jobs/picture-files.ts';

export interface MadeNow {
  readonly id: string;
  readonly pictures: readonly { readonly record: PictureRecord; readonly png: Uint8Array }[];
}

/**
 * For programs whose API answers with the picture: submits, waits, reads. When the caller hangs up, the job is given up, unless
 * its key lets the caller come again.
 * @throws what submitting throws, and why the job failed
 */
export async function makeNow(
  jobs: Jobs,
  submission: Submission,
  options: { readonly signal: AbortSignal; readonly onTaken?: (id: string) => void },
): Promise<MadeNow> {
  const { job } = await jobs.submit({ priority: 'high', ...submission });
  options.onTaken?.(job.id);
  let end = job;
  try {
    end = await jobs.settled(job.id, options.signal);
  } catch (error) {
    if (submission.key === undefined) await jobs.cancel(job.id);
    throw error;
  }
  if (end.error) throw StablePoseError.from(end.error);
  if (!end.result) throw new StablePoseError('cancelled', 'The job was cancelled.');
  const pictures = await Promise.all(
    end.result.pictures.map(async (record, i) => ({
      record,
      png: await jobs.files.read(job.id, pictureName(`${i}`, 'picture')),
    })),
  );
  return { id: job.id, pictures };
}

/** Poses from a file in any form, moved into a picture of the given size. @throws invalid-pose */
export function posesFor(
  value: unknown,
  size: { readonly width: number; readonly height: number },
): readonly Pose[] {
  const { poses, size: own } = readPoseInput(value, hasOwnSize(value) ? {} : size);
  return own.width === size.width && own.height === size.height ? poses : scalePoses(poses, own, size);
}

/** A file that says its own size is scaled from that; another one is taken to be in the picture's pixels. */
function hasOwnSize(value: unknown): boolean {
  try {
    readPoseInput(value, {});
    return true;
  } catch {
    return false;
  }
}
