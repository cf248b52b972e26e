import type { WireJob } from '@stable-pose/sdk/remote';
import type { JobRecord } from '../jobs/job-record.ts';
import type { Jobs } from '../jobs/jobs.ts';

/** A job as clients see it. */
export function wireJob(job: JobRecord, jobs: Jobs): WireJob {
  const ahead = job.state === 'queued' ? jobs.ahead(job.id) : undefined;
  const progress = job.state === 'running' ? jobs.events.latest(job.id) : undefined;
  const iso = (ms: number) => new Date(ms).toISOString();
  return {
    id: job.id,
    state: job.state,
    priority: job.priority,
    createdAt: iso(job.createdAt),
    ...(job.startedAt === undefined ? {} : { startedAt: iso(job.startedAt) }),
    ...(job.finishedAt === undefined ? {} : { finishedAt: iso(job.finishedAt) }),
    ...(ahead === undefined ? {} : { ahead }),
    pictures: job.result?.pictures.length ?? 0,
    ...(progress === undefined ? {} : { progress: withoutPreview(progress) }),
    ...(job.error === undefined ? {} : { error: job.error as WireJob['error'] }),
  };
}

function withoutPreview(progress: NonNullable<WireJob['progress']>): NonNullable<WireJob['progress']> {
  if (!('preview' in progress)) return progress;
  const { preview: _, ...rest } = progress;
  return rest;
}
