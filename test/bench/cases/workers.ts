import { StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { createQueueEngine } from '@stable-pose/server';
import { buildPrograms, startProgram } from '../../support/program.ts';
import { redisProgram, startRedis } from '../../support/redis.ts';
import { type Bench, type BenchCase, BenchSkip } from '../bench-case.ts';

const [steps, stepMs] = [4, 50];
const jobsPerWorker = 40;
const lockMs = 30_000;

/** Seconds that so many workers take for so many jobs. */
async function secondsOf(script: string, workers: number, jobs: number): Promise<number> {
  const redis = await startRedis();
  const running = await Promise.all(
    Array.from({ length: workers }, () => startProgram(script, [redis.url, stepMs, lockMs])),
  );
  const engine = createQueueEngine({ redis: redis.url });
  try {
    const make = (seed: number) =>
      engine.generate({
        prompt: 'a person',
        seed,
        steps,
        width: 64,
        height: 64,
        poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
      });
    await Promise.all(Array.from({ length: 2 * workers }, (_, seed) => make(seed)));
    const begun = performance.now();
    await Promise.all(Array.from({ length: jobs }, (_, seed) => make(seed)));
    return (performance.now() - begun) / 1000;
  } finally {
    await engine.dispose();
    for (const worker of running) await worker.kill();
    await redis.close();
  }
}

async function run(bench: Bench): Promise<readonly number[]> {
  if (redisProgram === undefined) throw new BenchSkip('redis-server is not installed');
  const programs = await buildPrograms(new URL('../../faults/worker-process.ts', import.meta.url));
  try {
    // What the engine itself takes on this machine at this moment, with nothing between.
    const stub = new StubEngine({ stepMs });
    const begun = performance.now();
    for (let seed = 0; seed < 10; seed++) await stub.generate({ prompt: 'a person', seed, steps });
    const alone = (performance.now() - begun) / 10_000;
    const one = await secondsOf(programs.paths[0], 1, jobsPerWorker);
    const four = await secondsOf(programs.paths[0], 4, 4 * jobsPerWorker);
    const rates = [jobsPerWorker / one, (4 * jobsPerWorker) / four];
    bench.note(
      `engine alone ${(1000 * alone).toFixed(0)} ms a job; 1 worker ${rates[0].toFixed(2)} jobs a second, 4 workers ` +
        `${rates[1].toFixed(2)}: ${(rates[1] / rates[0]).toFixed(2)} x`,
    );
    return [one / jobsPerWorker, four / (4 * jobsPerWorker)];
  } finally {
    programs.remove();
  }
}

export const workersCases: readonly BenchCase[] = [
  {
    name: 'workers',
    what: `jobs of ${steps * stepMs} ms (stub engine) by 1 and by 4 workers, each its own process: seconds a job`,
    full: true,
    run,
  },
];
