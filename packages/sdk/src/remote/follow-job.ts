import { StablePoseError } from '@stable-pose/core';
import { createParser } from 'eventsource-parser';
import type { Connection } from './connection.ts';
import type { Patience } from './patience.ts';
import { jobSchema, progressSchema, type WireJob, type WireProgress } from './protocol.ts';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly showPreviews: boolean;
  readonly onJob: (job: WireJob) => void;
  readonly onProgress: (progress: WireProgress) => void;
}

/** A stream on which nothing comes for so long is dead: the server beats every 15 s. */
const silenceMs = 45_000;

/**
 * Follows a job to its end, across broken connections and restarts of the server: after each break from the last event that
 * arrived.
 * @returns the job, done, failed or cancelled
 * @throws cancelled; job-not-found; when patience ends, why the server could not be reached
 */
export async function followJob(
  connection: Connection,
  id: string,
  options: FollowOptions,
): Promise<WireJob> {
  const { signal, patience } = options;
  let lastEventId = '';
  while (true) {
    let end: WireJob | undefined;
    try {
      const response = await connection.call(
        `/jobs/${id}/events${options.showPreviews ? '' : '?previews=0'}`,
        {
          headers: { Accept: 'text/event-stream', ...(lastEventId ? { 'Last-Event-ID': lastEventId } : {}) },
          signal,
        },
      );
      const parser = createParser({
        onEvent({ event, data, id: eventId }) {
          if (end !== undefined) return;
          patience.renew();
          if (eventId) lastEventId = eventId;
          if (event === 'progress') options.onProgress(progressSchema.parse(JSON.parse(data)));
          if (event !== 'job') return;
          const job = jobSchema.parse(JSON.parse(data));
          if (job.state === 'queued' || job.state === 'running') options.onJob(job);
          else end = job;
        },
      });
      await readText(response, (text) => parser.feed(text), signal);
      if (end) return end;
    } catch (error) {
      if (end) return end;
      const failure = await connection.failure(error, signal);
      if (!patience.endures(failure)) throw failure;
    }
    await patience.pause(signal);
  }
}

async function readText(
  response: Response,
  take: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  if (!reader) {
    // A host without streams gets it all at the end.
    take(await response.text());
    return;
  }
  const decoder = new TextDecoder();
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  try {
    while (true) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new StablePoseError('timeout', 'The server has gone silent.')),
          silenceMs,
        );
      });
      const { done, value } = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(timer));
      if (signal.aborted) throw new StablePoseError('cancelled', 'The call was cancelled.');
      if (done) return;
      take(decoder.decode(value, { stream: true }));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
