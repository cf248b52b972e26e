import { StablePoseError } from '@stable-pose/core';
import { createParser } from 'eventsource-parser';
import type { Connection } from './connection.ts';
import { wentSilent } from './explain-fault.ts';
import type { Patience } from './patience.ts';
import { jobSchema, progressSchema, type WireJob, type WireProgress } from './protocol.ts';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly showPreviews: boolean;
  readonly onJob: (job: WireJob) => void;
  readonly onProgress: (progress: WireProgress) => void;
  /** The server does not answer, and is tried again. */
  readonly onAway: () => void;
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
          if (eventId) lastEventId = eventId;
          if (event === 'progress') options.onProgress(progressSchema.parse(JSON.parse(data)));
          if (event !== 'job') return;
          const job = jobSchema.parse(JSON.parse(data));
          if (job.state === 'queued' || job.state === 'running') options.onJob(job);
          else end = job;
        },
      });
      const take = (text: string) => {
        // Beats too: they are no events.
        patience.renew();
        parser.feed(text);
      };
      await readText(response, connection.address, { take, signal });
      if (end) return end;
    } catch (error) {
      if (end) return end;
      const failure = await connection.failure(error, signal);
      if (!patience.endures(failure)) throw failure;
      options.onAway();
    }
    await patience.pause(signal);
  }
}

async function readText(
  response: Response,
  address: string,
  { take, signal }: { readonly take: (text: string) => void; readonly signal: AbortSignal },
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
        timer = setTimeout(() => reject(wentSilent(address, silenceMs)), silenceMs);
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
