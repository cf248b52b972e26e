import type { Context } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { isFinal } from '../jobs/job-record.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { wireJob } from './wire-job.ts';

/** Silence is broken so often, so that nothing between takes the connection for dead. */
const heartbeatMs = 15_000;

/**
 * A job's events as server-sent ones: `job` at the beginning, when it moves and at the end, `progress` between. A client that
 * comes back with Last-Event-ID gets what it missed; after a restart of the server it gets the present state.
 * @throws job-not-found before anything is sent
 */
export function jobEventStream(c: Context, jobs: Jobs, id: string, signal: AbortSignal): Response {
  jobs.get(id);
  const showPreviews = c.req.query('previews') !== '0';
  const [epoch, number] = (c.req.header('last-event-id') ?? '').split('-');
  const resumed = epoch === jobs.events.epoch ? Number(number) : Number.NaN;
  const begin = Number.isSafeInteger(resumed) ? resumed : 0;
  c.header('Cache-Control', 'no-store');
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, (stream) => sendEvents(stream, jobs, { id, begin, showPreviews, signal }));
}

async function sendEvents(
  stream: SSEStreamingApi,
  jobs: Jobs,
  options: { id: string; begin: number; showPreviews: boolean; signal: AbortSignal },
): Promise<void> {
  const { id, showPreviews, signal } = options;
  let cursor = options.begin;
  let isOver = signal.aborted;
  let wake: () => void = () => {};
  let isNews = true;
  const news = () => {
    isNews = true;
    wake();
  };
  const over = () => {
    isOver = true;
    wake();
  };
  const unlisten = jobs.events.listen(id, news);
  stream.onAbort(over);
  signal.addEventListener('abort', over, { once: true });
  let lastJob = '';
  try {
    while (!isOver && !stream.aborted) {
      isNews = false;
      // All that is new in one write: each costs the system a call.
      let text = '';
      for (const { sequence, progress } of jobs.events.after(id, cursor)) {
        cursor = sequence;
        const { preview, ...rest } = progress as { preview?: string };
        const shown = showPreviews && preview !== undefined ? progress : rest;
        text += eventText('progress', `${jobs.events.epoch}-${cursor}`, shown);
      }
      const job = jobs.store.has(id) ? jobs.get(id) : undefined;
      if (job !== undefined) {
        const { progress: _, ...told } = wireJob(job, jobs);
        const now = JSON.stringify(told);
        if (now !== lastJob) text += eventText('job', `${jobs.events.epoch}-${cursor}`, told);
        lastJob = now;
      }
      if (text !== '') await stream.write(text);
      if (job === undefined) return;
      if (isFinal(job.state)) return;
      if (isNews || isOver) continue;
      const isQuiet = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(true), heartbeatMs);
        wake = () => {
          clearTimeout(timer);
          resolve(false);
        };
      });
      if (isQuiet) await stream.write(': still here\n\n');
    }
  } finally {
    unlisten();
    signal.removeEventListener('abort', over);
  }
}

/** JSON has no line breaks, so an event's data is one line. */
function eventText(event: string, id: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\nid: ${id}\n\n`;
}
