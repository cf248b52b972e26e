import { readFileSync } from 'node:fs';
import { decodePng, type GenerationResult } from '@stable-pose/core';
import { createNodeEngine } from '@stable-pose/sdk/node';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import {
  describeConformance,
  engineChecks,
  markedPicture,
  StubEngine,
  type StubEngineOptions,
} from '@stable-pose/sdk/testing';
import {
  createQueueEngine,
  type QueueEngineOptions,
  type QueueGenerateOptions,
  startServer,
  startWorker,
} from '@stable-pose/server';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { freePort, redisProgram, startRedis, startWorkerProcess, type TestRedis } from './start-redis.ts';
import { afterTest, smallRequest, temporaryFolder } from './start-test-server.ts';

function queueEngine(redis: TestRedis, options: Partial<QueueEngineOptions> = {}) {
  const engine = createQueueEngine({ redis: redis.url, ...options });
  afterTest(() => engine.dispose());
  return engine;
}

/** A worker in this process. */
async function stubWorker(redis: TestRedis, stub: StubEngineOptions = {}) {
  const engine = new StubEngine(stub);
  const worker = await startWorker({ engine, redis: redis.url, lockMs: 2000 });
  afterTest(async () => {
    await worker.stop(0);
    await engine.dispose();
  });
  return { engine, worker };
}

const timeout = 240_000;

describe.skipIf(redisProgram === undefined)('workers', () => {
  it('makes in another process the picture that is made here, and tells how it goes', {
    timeout,
  }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis);
    const engine = queueEngine(redis);
    const stages: string[] = [];
    const made = await engine.generate(
      { ...smallRequest, count: 2 },
      { onProgress: ({ stage }) => stages.push(stage) },
    );
    const here = await new StubEngine().generate({ ...smallRequest, count: 2 });
    expect(made.pictures.map(({ raster, seed, hint }) => ({ raster, seed, hint }))).toEqual(
      here.pictures.map(({ raster, seed, hint }) => ({ raster, seed, hint })),
    );
    expect(stages).toContain('denoise');
    expect((await engine.describe()).device).toMatch(/^1 x/);
  });

  it('brings pose scores, and what was not chosen', { timeout }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis);
    const request = { ...smallRequest, bestOf: 2 };
    const made = await queueEngine(redis).generate(request);
    const here = await new StubEngine().generate(request);
    const shown = ({ pictures }: GenerationResult) =>
      pictures
        .flatMap((picture) => [picture, ...(picture.others ?? [])])
        .map(({ seed, raster, score }) => ({ seed, raster, score }));
    expect(shown(made)).toEqual(shown(here));
    expect(shown(made)).toHaveLength(2);
  });

  it('makes the figurine’s picture as it is made here', { timeout }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis, { engine: 'figurine' });
    const request = { ...smallRequest, steps: 2 };
    const made = await queueEngine(redis).generate(request);
    const local = createNodeEngine({ device: 'cpu', threads: 1 });
    afterTest(() => local.dispose());
    const here = await local.generate(request);
    // The same arithmetic on the same device.
    expect(made.pictures[0].raster).toEqual(here.pictures[0].raster);
  });

  it('finds people and makes mattes in another process, as here, and leaves nothing in Redis', {
    timeout,
  }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis);
    const engine = queueEngine(redis);
    const here = new StubEngine();
    const picture = markedPicture(96, 128);
    const boxes = [{ x: 8, y: 8, width: 40, height: 100 }];
    expect((await engine.describe()).can).toEqual({ detectPose: true, matte: true });
    expect(await engine.detectPose(picture)).toEqual(await here.detectPose(picture));
    expect(await engine.detectPose(picture, { boxes })).toEqual(await here.detectPose(picture, { boxes }));
    expect(await engine.matte(picture)).toEqual(await here.matte(picture));
    await expect(
      engine.detectPose(picture, { boxes: [{ x: 0, y: 0, width: 0, height: 4 }] }),
    ).rejects.toMatchObject({ code: 'invalid-pose' });
    const client = new Redis(redis.url);
    afterTest(() => client.disconnect());
    expect(await client.keys('*:picture:*')).toEqual([]);
    expect((await client.keys('stable-pose:look-*')).filter((key) => /:[0-9a-f-]{36}$/.test(key))).toEqual(
      [],
    );
  });

  it('leaves finding and mattes to the workers that can, and says so when none is there', {
    timeout,
  }, async () => {
    const redis = await startRedis();
    const { engine: blind } = await stubWorker(redis, { canDetectPose: false, canMatte: false });
    const engine = queueEngine(redis);
    const picture = markedPicture(96, 128);
    expect((await engine.describe()).can).toEqual({ detectPose: false, matte: false });
    await expect(engine.detectPose(picture)).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringMatching(/No worker is there that finds people.*movenet/) as string,
    });
    await expect(engine.matte(picture)).rejects.toMatchObject({ code: 'not-supported' });
    await stubWorker(redis, { canMatte: false });
    expect((await engine.describe()).can).toEqual({ detectPose: true, matte: false });
    expect(await engine.detectPose(picture)).toHaveLength(1);
    expect(await blind.detectPose(picture).catch(({ code }) => code)).toBe('not-supported');
  });

  it('finds a person with the real detector, behind a server', { timeout }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis, { engine: 'figurine' });
    const server = await startServer({
      engine: queueEngine(redis),
      dataFolder: temporaryFolder(),
      version: '1.2.3',
      ports: [0],
    });
    afterTest(() => server.stop(0));
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    const local = createNodeEngine({ device: 'cpu', threads: 1 });
    afterTest(() => local.dispose());
    const picture = decodePng(readFileSync(new URL('../golden/held-out-render.png', import.meta.url)));
    const found = await remote.detectPose(picture);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(await local.detectPose(picture));
  });

  it('lets another worker take over when one is killed, and answers once', { timeout }, async () => {
    const redis = await startRedis();
    const first = await startWorkerProcess(redis, { stepMs: 50 });
    const engine = queueEngine(redis);
    let kills = 0;
    let answers = 0;
    const making = engine
      .generate(
        { ...smallRequest, steps: 40 },
        {
          onProgress: ({ stage }) => {
            if (stage === 'denoise' && kills++ === 0) void first.kill();
          },
        },
      )
      .finally(() => answers++);
    while (kills === 0) await new Promise((done) => setTimeout(done, 20));
    await startWorkerProcess(redis);
    const made = await making;
    const here = await new StubEngine().generate({ ...smallRequest, steps: 40 });
    expect(made.pictures[0].raster).toEqual(here.pictures[0].raster);
    expect(answers).toBe(1);
  });

  it('loses no job when Redis is killed and comes back', { timeout }, async () => {
    const redis = await startRedis();
    await stubWorker(redis, { stepMs: 20 });
    const engine = queueEngine(redis);
    const making = Array.from({ length: 10 }, (_, seed) =>
      engine.generate({ ...smallRequest, seed, steps: 8 }),
    );
    await Promise.race(making);
    await redis.kill();
    await redis.restart();
    const made = await Promise.all(making);
    expect(made.map(({ pictures }) => pictures[0].seed)).toEqual(
      Array.from({ length: 10 }, (_, seed) => seed),
    );
  });

  it('cancels what another machine makes, and what waits', { timeout }, async () => {
    const redis = await startRedis();
    await startWorkerProcess(redis, { stepMs: 100 });
    const engine = queueEngine(redis);
    const controller = new AbortController();
    const waiting = new AbortController();
    const making = engine.generate(
      { ...smallRequest, steps: 200 },
      { signal: controller.signal, onProgress: ({ stage }) => stage === 'denoise' && controller.abort() },
    );
    const next = engine.generate(smallRequest, { signal: waiting.signal });
    waiting.abort();
    await expect(next).rejects.toMatchObject({ code: 'cancelled' });
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    expect((await engine.generate(smallRequest)).pictures).toHaveLength(1);
  });

  it('makes what waits in the order of its priority', { timeout }, async () => {
    const redis = await startRedis();
    const { worker } = await stubWorker(redis);
    await worker.stop(0);
    const engine = queueEngine(redis);
    const making: Promise<unknown>[] = [];
    const wait = (prompt: string, priority: QueueGenerateOptions['priority']) =>
      new Promise<void>((resolve) => {
        const options: QueueGenerateOptions = { priority, onProgress: () => resolve() };
        making.push(engine.generate({ ...smallRequest, prompt }, options));
      });
    await wait('last', 'low');
    await wait('second', 'normal');
    await wait('first', 'high');
    const { engine: stub } = await stubWorker(redis);
    await Promise.all(making);
    expect(stub.requests.map(({ prompt }) => prompt)).toEqual(['first', 'second', 'last']);
  });

  it('waits, and says so, while no worker is there', { timeout }, async () => {
    const redis = await startRedis();
    const engine = queueEngine(redis);
    await expect(engine.generate(smallRequest)).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/No worker has been there yet/) as string,
    });
    const { worker } = await stubWorker(redis);
    await worker.stop();
    expect((await engine.describe()).advice).toEqual(['No worker is there: requests wait until one starts.']);
    const stages: string[] = [];
    let start = () => {};
    const hasWaited = new Promise<void>((resolve) => {
      start = resolve;
    });
    const making = engine.generate(smallRequest, {
      onProgress: ({ stage }) => {
        stages.push(stage);
        start();
      },
    });
    await hasWaited;
    expect(stages[0]).toBe('wait');
    await stubWorker(redis);
    expect((await making).pictures).toHaveLength(1);
  });

  it('refuses at the worker’s door, with the worker’s own words', { timeout }, async () => {
    const redis = await startRedis();
    await stubWorker(redis);
    const engine = queueEngine(redis);
    await expect(engine.generate({ ...smallRequest, steps: 201 })).rejects.toMatchObject({
      code: 'limit-exceeded',
    });
  });

  it('says so when Redis is gone', { timeout }, async () => {
    const address = `redis://127.0.0.1:${await freePort()}`;
    const engine = createQueueEngine({ redis: address, patienceMs: 300 });
    afterTest(() => engine.dispose());
    const fault = {
      code: 'server-unreachable',
      message: expect.stringMatching(/Redis at 127\.0\.0\.1:\d+ does not answer/) as string,
    };
    await expect(engine.generate(smallRequest)).rejects.toMatchObject(fault);
    const stub = new StubEngine();
    await expect(startWorker({ engine: stub, redis: address, patienceMs: 300 })).rejects.toMatchObject(fault);
  });

  it('stands behind a server, several jobs at a time', { timeout }, async () => {
    const redis = await startRedis();
    const workers = [await stubWorker(redis, { stepMs: 50 }), await stubWorker(redis, { stepMs: 50 })];
    const server = await startServer({
      engine: queueEngine(redis),
      dataFolder: temporaryFolder(),
      version: '1.2.3',
      ports: [0],
      concurrency: 8,
    });
    afterTest(() => server.stop(0));
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    const seeds = Array.from({ length: 8 }, (_, seed) => seed);
    const made = await Promise.all(seeds.map((seed) => remote.generate({ ...smallRequest, seed })));
    expect(made.map(({ pictures }) => pictures[0].seed)).toEqual(seeds);
    for (const { engine } of workers) expect(engine.requests.length).toBeGreaterThan(0);
  });
});

describe.skipIf(redisProgram === undefined)('the contract', { timeout }, () => {
  describeConformance({ describe, it }, 'an engine of workers', engineChecks, async () => {
    const redis = await startRedis();
    const stub = new StubEngine();
    const worker = await startWorker({ engine: stub, redis: redis.url });
    const engine = createQueueEngine({ redis: redis.url });
    return {
      engine,
      dispose: async () => {
        await engine.dispose();
        await worker.stop(0);
        await stub.dispose();
        await redis.kill();
      },
    };
  });
});
