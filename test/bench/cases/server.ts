import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { standingPose } from '@stable-pose/sdk/testing';
import { buildPrograms, type Running, startProgram } from '../../support/program.ts';
import type { Bench, BenchCase } from '../bench-case.ts';
import { processorSecondsOf } from '../process-watch.ts';

/** Of a server with a stub engine, in a process of its own. */
interface StubServer extends Running<{ readonly url: string; readonly token: string }> {
  close(): Promise<void>;
}

async function startStubServer(): Promise<StubServer> {
  const programs = await buildPrograms(new URL('../../server/stub-server-process.ts', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'stable-pose-bench-'));
  const server = await startProgram<{ url: string; token: string }>(programs.paths[0], [folder, 0, 0]);
  return {
    ...server,
    close: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
      programs.remove();
    },
  };
}

/** Requests of one job: submit, events, result, picture, skeletons. */
const requestsPerJob = 5;

/** What a client does for a picture, with nothing but HTTP, so that little of the machine's time is the client's. */
async function makeJob({ said }: StubServer, seed: number): Promise<void> {
  const ask = async (path: string, body?: unknown, tries = 5): Promise<Response> => {
    const init: RequestInit = {
      headers: {
        Authorization: `Bearer ${said.token}`,
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Idempotency-Key': `job-${seed}` }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    };
    const response = await fetch(`${said.url}${path}`, init).catch(() => undefined);
    // A kept connection may be closed in the very moment in which it is used again.
    if (response === undefined && tries > 1) return ask(path, body, tries - 1);
    if (response === undefined) throw new Error(`${path}: no answer`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const request = {
    prompt: 'a person',
    seed,
    steps: 2,
    width: 64,
    height: 64,
    poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
  };
  const { id } = (await (await ask('/api/v1/jobs', { request })).json()) as { id: string };
  const events = await (await ask(`/api/v1/jobs/${id}/events?previews=0`)).text();
  if (!/"state":"done"/.test(events)) throw new Error(`A job ended otherwise: ${events.slice(-300)}`);
  await (await ask(`/api/v1/jobs/${id}/result`)).text();
  await (await ask(`/api/v1/jobs/${id}/pictures/0`)).arrayBuffer();
  await (await ask(`/api/v1/jobs/${id}/pictures/0/hint`)).arrayBuffer();
}

/** Begins work so often a second, whatever the answers do. @returns how often it began */
async function atRate(
  perSecond: number,
  seconds: number,
  work: (i: number) => Promise<void>,
): Promise<number> {
  const begun = performance.now();
  const all: Promise<void>[] = [];
  while (performance.now() - begun < seconds * 1000) {
    const due = Math.floor(((performance.now() - begun) / 1000) * perSecond);
    while (all.length < due) all.push(work(all.length));
    await pause(1);
  }
  await Promise.all(all);
  return all.length;
}

const requestsPerSecond = 200;
const measuredSeconds = 20;

async function serverCost(bench: Bench): Promise<readonly number[]> {
  const server = await startStubServer();
  try {
    // Until the code is compiled.
    await atRate(requestsPerSecond / requestsPerJob, 10, (seed) => makeJob(server, seed));
    const before = processorSecondsOf(server.pid);
    const begun = performance.now();
    const jobs = await atRate(requestsPerSecond / requestsPerJob, measuredSeconds, (seed) =>
      // Other keys than before, which are other jobs.
      makeJob(server, seed + 1_000_000),
    );
    const requests = jobs * requestsPerJob;
    const spent = processorSecondsOf(server.pid) - before;
    const rate = requests / ((performance.now() - begun) / 1000);
    bench.note(
      `${requests} requests of ${jobs} jobs at ${rate.toFixed(0)} a second: ${((1000 * spent) / requests).toFixed(2)} ms of ` +
        `the server's processor time a request, ${((1000 * spent) / jobs).toFixed(1)} ms a job, the stub's drawing in it`,
    );
    return [spent / requests];
  } finally {
    await server.close();
  }
}

const manyJobs = 10_000;
const jobsAtOnce = 8;
/** Memory is read after so many jobs each time. */
const readEvery = 500;

async function serverMemory(bench: Bench): Promise<readonly number[]> {
  const server = await startStubServer();
  try {
    const seconds: number[] = [];
    const megabytes: number[] = [];
    let next = 0;
    let done = 0;
    const lane = async () => {
      while (next < manyJobs) {
        const begun = performance.now();
        await makeJob(server, next++);
        seconds.push((performance.now() - begun) / 1000);
        if (++done % readEvery !== 0) continue;
        megabytes.push(anonymousOf(server.pid) / 2 ** 20);
        process.stderr.write(`${done} jobs: ${megabytes[megabytes.length - 1].toFixed(0)} MB\n`);
      }
    };
    await Promise.all(Array.from({ length: jobsAtOnce }, lane));
    const parts = [0.2, 0.4, 0.6, 0.8, 1].map((end) => {
      const part = megabytes.slice(
        Math.round((end - 0.2) * megabytes.length),
        Math.round(end * megabytes.length),
      );
      return Math.max(...part);
    });
    bench.note(
      `the server's anonymous memory at most, in fifths of ${manyJobs} jobs: ` +
        `${parts.map((most) => most.toFixed(0)).join(', ')} MB; ` +
        `${(processorSecondsOf(server.pid) * (1000 / manyJobs)).toFixed(1)} ms of its processor time a job`,
    );
    // The first fifth fills what is kept (2000 jobs); from there on it is flat or it is not.
    if (parts[4] > 1.2 * parts[1]) throw new Error(`Memory grows: ${parts.join(', ')} MB.`);
    return seconds;
  } finally {
    await server.close();
  }
}

function anonymousOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

export const serverCases: readonly BenchCase[] = [
  {
    name: 'server-cost',
    what: `the server's processor time a request, stub engine, ${requestsPerSecond} requests a second`,
    full: true,
    limits: { seconds: 0.002 },
    run: serverCost,
  },
  {
    name: 'server-memory',
    what: `${manyJobs} jobs through a server, ${jobsAtOnce} at a time, stub engine: is memory flat? Seconds a job`,
    full: true,
    run: serverMemory,
  },
];
