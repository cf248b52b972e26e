import { StablePoseError } from '@stable-pose/core';
import { type EngineProgress, progressWords } from '@stable-pose/sdk';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import { describeConformance, engineChecks, markedPicture } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../packages/core/src/image/png.ts';
import { NetworkLink } from '../faults/network-link.ts';
import { afterTest, call, smallRequest, startTestServer } from './start-test-server.ts';

describeConformance({ describe, it }, 'an engine behind a server', engineChecks, async () => {
  const server = await startTestServer({ limits: { count: 8 } });
  const engine = new RemoteEngine(server);
  return { engine, dispose: () => engine.dispose() };
});

describe('the remote engine', () => {
  it('shows previews, gives pictures back in the request, and makes what the engine itself makes', async () => {
    const server = await startTestServer({ stub: { stepMs: 5 } });
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    const picture = Buffer.from(encodePng(markedPicture(64, 64))).toString('base64');
    const request = {
      ...smallRequest,
      steps: 4,
      image: { picture, strength: 0.5 },
      previews: { how: 'linear' as const },
    };
    const told: EngineProgress[] = [];
    const { pictures } = await remote.generate(request, { onProgress: (progress) => told.push(progress) });
    expect(pictures[0].request.image?.picture).toBe(picture);
    const direct = await server.engine.generate(request);
    expect(pictures[0].raster).toEqual(direct.pictures[0].raster);
    expect(pictures[0].hint).toEqual(direct.pictures[0].hint);
    const previews = told.flatMap((progress) =>
      'preview' in progress && progress.preview ? [progress.preview] : [],
    );
    expect(previews.at(-1)).toMatchObject({ width: 8, height: 8, channels: 3 });
    const { jobs } = await remote.history();
    expect(jobs[0]).toMatchObject({ state: 'done', prompt: 'a person' });
    expect((await remote.pastResult(jobs[0].id)).pictures[0].raster).toEqual(pictures[0].raster);
  });

  it('brings the pose scores along, and with best-of those that a picture was chosen from', async () => {
    const server = await startTestServer();
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    const request = { ...smallRequest, count: 2, bestOf: 3, poseScore: { measure: true } };
    const direct = await server.engine.generate(request);
    const { pictures } = await remote.generate(request);
    expect(pictures).toEqual(direct.pictures);
    expect(pictures.map(({ seed, others }) => [seed, others?.map((other) => other.seed)])).toEqual([
      [7, [9, 8]],
      [10, [12, 11]],
    ]);
    expect(pictures[1].score?.people[0].found?.keypoints).toHaveLength(17);
    const { jobs } = await remote.history();
    const place = `/api/v1/jobs/${jobs[0].id}/pictures`;
    expect((await call(server, `${place}/1-1`)).status).toBe(200);
    for (const none of ['1-2', '2-0', '0-0-0', '0-', '..%2f0', 'x'])
      expect((await call(server, `${place}/${none}`)).status).toBe(404);
  });

  it('says what the engine says: out of memory, no model', async () => {
    const server = await startTestServer();
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    server.engine.failNext(
      new StablePoseError('out-of-memory', 'Memory ran out.', { remedy: 'Ask for smaller pictures.' }),
    );
    await expect(remote.generate(smallRequest)).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'Memory ran out. Ask for smaller pictures.',
      remedy: 'Ask for smaller pictures.',
    });
    await expect(remote.generate({ ...smallRequest, model: '/etc/passwd' })).rejects.toMatchObject({
      code: 'model-not-found',
    });
  });

  it('tells the server that a job is given up', async () => {
    const server = await startTestServer({ stub: { stepMs: 20 } });
    const remote = new RemoteEngine(server);
    afterTest(() => remote.dispose());
    const controller = new AbortController();
    const making = remote.generate(
      { ...smallRequest, steps: 200 },
      { signal: controller.signal, onProgress: ({ stage }) => stage === 'denoise' && controller.abort() },
    );
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    await expect
      .poll(
        async () => ((await (await call(server, '/api/v1/history')).json()) as { jobs: unknown[] }).jobs[0],
        {
          timeout: 20_000,
        },
      )
      .toMatchObject({ state: 'cancelled' });
  });

  it('asks about a picture again when the server takes no more or breaks off', async () => {
    const server = await startTestServer();
    const busy = new StablePoseError('server-busy', 'Enough.', { details: { retryAfterSeconds: 0.01 } });
    const answers = [
      () => Response.json({ error: busy.toJSON() }, { status: 429 }),
      () => Promise.reject(Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } })),
    ];
    const unwilling: typeof fetch = async (...given) => (await answers.shift()?.()) ?? fetch(...given);
    const remote = new RemoteEngine({ ...server, fetch: unwilling });
    afterTest(() => remote.dispose());
    const picture = markedPicture(64, 64);
    expect(await remote.detectPose(picture)).toEqual(await server.engine.detectPose(picture));
    expect(answers).toEqual([]);
    answers.push(() => Response.json({ error: busy.toJSON() }, { status: 429 }));
    expect(await remote.matte(picture)).toEqual(await server.engine.matte(picture));
    expect(answers).toEqual([]);
  });

  it('says that the server is away, and gets what it made meanwhile when the same is asked for again', async () => {
    const server = await startTestServer({ stub: { stepMs: 30 } });
    const link = await NetworkLink.open(server.port);
    const remote = new RemoteEngine({
      ...server,
      url: `http://127.0.0.1:${link.port}`,
      patienceMs: 500,
    });
    afterTest(async () => {
      await remote.dispose();
      await link.close();
    });
    const request = { ...smallRequest, steps: 20 };
    const told: EngineProgress[] = [];
    const making = remote.generate(request, {
      onProgress: (progress) => {
        told.push(progress);
        if (progress.stage === 'denoise') link.break();
      },
    });
    await expect(making).rejects.toMatchObject({ code: 'server-unreachable' });
    expect(told.at(-1)).toMatchObject({ stage: 'wait', isAway: true });
    expect(progressWords(told.at(-1) as EngineProgress)).toBe('the server does not answer, trying again');
    link.mend();
    expect((await remote.generate(request)).pictures).toHaveLength(1);
    expect(server.engine.requests).toHaveLength(1);
    // What has arrived is a new wish when it is asked for once more.
    await remote.generate(request);
    expect(server.engine.requests).toHaveLength(2);
  });

  it('comes again when the server takes no more, or says so', async () => {
    const server = await startTestServer({ stub: { stepMs: 30 }, limits: { waiting: 1 } });
    const patient = new RemoteEngine(server);
    const hasty = new RemoteEngine({ ...server, whenBusy: 'fail' });
    afterTest(() => Promise.all([patient.dispose(), hasty.dispose()]).then(() => {}));
    const first = patient.generate({ ...smallRequest, steps: 40 });
    const second = patient.generate({ ...smallRequest, seed: 2 });
    await expect
      .poll(
        async () => ((await (await call(server, '/api/v1/server')).json()) as { server: unknown }).server,
        {
          timeout: 20_000,
        },
      )
      .toMatchObject({ waiting: 1, running: 1 });
    await expect(hasty.generate({ ...smallRequest, seed: 3 })).rejects.toMatchObject({
      code: 'server-busy',
      details: { retryAfterSeconds: expect.any(Number) as number },
    });
    const third = patient.generate({ ...smallRequest, seed: 4 });
    for (const made of await Promise.all([first, second, third])) expect(made.pictures).toHaveLength(1);
  });
});
