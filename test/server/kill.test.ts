import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import { StubEngine } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { afterTest, smallRequest, temporaryFolder } from './start-test-server.ts';

const program = fileURLToPath(new URL('./stub-server-process.ts', import.meta.url));

interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  kill(): Promise<void>;
}

async function startProcess(folder: string, port: number, stepMs: number): Promise<ServerProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', program, folder, String(port), String(stepMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const kill = () =>
    new Promise<void>((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGKILL');
    });
  afterTest(kill);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  for await (const line of lines) return { ...(JSON.parse(line) as Omit<ServerProcess, 'kill'>), kill };
  throw new Error('The server ended before it began.');
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Ten times as many with STABLE_POSE_SLOW_TESTS. */
const [rounds, count] = process.env.STABLE_POSE_SLOW_TESTS ? [10, 200] : [2, 30];

describe('a server that is killed', () => {
  it(`loses no job and makes none twice: ${count} jobs, ${rounds} kills`, { timeout: 900_000 }, async () => {
    const folder = temporaryFolder();
    const stepMs = 8;
    let server = await startProcess(folder, 0, stepMs);
    const remote = new RemoteEngine({ ...server, patienceMs: 300_000 });
    afterTest(() => remote.dispose());
    await remote.describe();
    const making = Array.from({ length: count }, (_, seed) =>
      remote.generate({ ...smallRequest, seed, steps: 8 }),
    );
    let left = count;
    for (const one of making) void one.finally(() => left--).catch(() => {});
    for (let round = 0; round < rounds; round++) {
      const before = left;
      // Somewhere in the middle of the work: submitting, making, writing or reading.
      while (left > before - count / (rounds + 2) && left > 0) await sleep(20);
      await sleep(Math.random() * 100);
      await server.kill();
      server = await startProcess(folder, server.port, stepMs);
    }
    const made = await Promise.all(making);
    const engine = new StubEngine();
    for (const [seed, { pictures }] of made.entries()) {
      expect(pictures).toHaveLength(1);
      expect(pictures[0].seed).toBe(seed);
      // The right picture, not another's.
      if (seed % 10 === 0) {
        const direct = await engine.generate({ ...smallRequest, seed, steps: 8 });
        expect(pictures[0].raster).toEqual(direct.pictures[0].raster);
      }
    }
    const { jobs } = await remote.history({ limit: 200 });
    const seen = await Promise.all(
      jobs.map(async ({ id, state }) => ({ state, seed: (await remote.pastResult(id)).pictures[0].seed })),
    );
    expect(seen.filter(({ state }) => state !== 'done')).toEqual([]);
    expect(seen.map(({ seed }) => seed).sort((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, seed) => seed),
    );
  });

  it('gives up a job that takes it down each time', { timeout: 300_000 }, async () => {
    const folder = temporaryFolder();
    let server = await startProcess(folder, 0, 50);
    const remote = new RemoteEngine({ ...server, patienceMs: 300_000 });
    afterTest(() => remote.dispose());
    let runs = 0;
    let isKilling = false;
    const making = remote.generate(
      { ...smallRequest, steps: 200 },
      {
        onProgress: ({ stage }) => {
          if (stage !== 'denoise' || isKilling) return;
          isKilling = true;
          runs++;
          void server.kill().then(async () => {
            server = await startProcess(folder, server.port, 50);
            isKilling = false;
          });
        },
      },
    );
    await expect(making).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/ended 3 times/) as string,
    });
    expect(runs).toBe(3);
  });
});
