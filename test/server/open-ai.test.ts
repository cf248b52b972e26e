import { decodePng, encodePng, raster } from '@stable-pose/core';
import { markedPicture } from '@stable-pose/sdk/testing';
import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { call, smallRequest, startTestServer, type TestServer } from './start-test-server.ts';

const client = (server: TestServer, more: { apiKey?: string; maxRetries?: number } = {}) =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.token, maxRetries: 0, ...more });

const pose = { format: 'stable-pose', version: 1, width: 64, height: 64, people: smallRequest.poses };
const pixels = (base64: string | undefined) => decodePng(Buffer.from(base64 ?? '', 'base64'));

describe("OpenAI's images, by the openai package", () => {
  it('makes pictures, with the pose in a field of our own', async () => {
    const server = await startTestServer();
    const { data, created } = await client(server).images.generate({
      model: 'dall-e-3',
      prompt: 'a person',
      n: 2,
      size: '64x64' as '1024x1024',
      quality: 'hd',
      style: 'vivid',
      user: 'someone',
      ...{ pose, seed: 7, steps: 2, guidance_scale: 3, negative_prompt: 'rain' },
    });
    expect(created).toBeGreaterThan(0);
    expect(data).toHaveLength(2);
    const { pictures } = await server.engine.generate({
      ...smallRequest,
      guidanceScale: 3,
      negativePrompt: 'rain',
      count: 2,
    });
    expect(data?.map(({ b64_json }) => pixels(b64_json))).toEqual(pictures.map(({ raster: made }) => made));
  });

  it('scales a pose of another size, reads it as text, and takes the native size when none is said', async () => {
    const server = await startTestServer();
    const larger = {
      ...pose,
      width: 128,
      height: 128,
      people: pose.people.map((person) => ({
        keypoints: person.keypoints.map(([x, y, c]) => [2 * x, 2 * y, c]),
      })),
    };
    const { data } = await client(server).images.generate({
      prompt: 'a person',
      ...{ pose: JSON.stringify(larger), seed: 7, steps: 2 },
    });
    const direct = await server.engine.generate(smallRequest);
    expect(pixels(data?.[0].b64_json)).toEqual(direct.pictures[0].raster);
  });

  it('gives an address instead, which wants the token too', async () => {
    const server = await startTestServer();
    const { data } = await client(server).images.generate({ prompt: 'a person', response_format: 'url' });
    const url = new URL(data?.[0].url ?? '');
    expect((await fetch(url)).status).toBe(401);
    expect((await call(server, url.pathname)).headers.get('content-type')).toBe('image/png');
  });

  it('edits a picture where the mask is transparent', async () => {
    const server = await startTestServer();
    const picture = encodePng(markedPicture(64, 64));
    const hole = raster(64, 64, 4);
    for (let i = 0; i < 64 * 64; i++) hole.data[4 * i + 3] = i % 64 < 32 ? 0 : 255;
    const { data } = await client(server).images.edit({
      image: await toFile(picture, 'image.png', { type: 'image/png' }),
      mask: await toFile(encodePng(hole), 'mask.png', { type: 'image/png' }),
      prompt: 'a person',
      ...{ pose: JSON.stringify(pose), seed: '7', steps: '2' },
    });
    const edited = pixels(data?.[0].b64_json);
    const before = markedPicture(64, 64);
    const right = (x: number, y: number) => [...edited.data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)];
    const was = (x: number, y: number) => [
      ...before.data.subarray((y * 64 + x) * before.channels, (y * 64 + x) * before.channels + 3),
    ];
    expect(right(60, 30)).toEqual(was(60, 30));
    expect(right(5, 30)).not.toEqual(was(5, 30));
  });

  it('lists models, and answers errors in words that the package reads', async () => {
    const server = await startTestServer();
    const list = await client(server).models.list();
    expect(list.data.map(({ id }) => id)).toEqual(['stub']);
    expect(await client(server).models.retrieve('stub')).toMatchObject({ object: 'model' });
    await expect(client(server, { apiKey: 'wrong' }).models.list()).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    await expect(client(server).images.generate({ prompt: 'x', model: '/etc/passwd' })).rejects.toMatchObject(
      {
        status: 404,
        code: 'model-not-found',
        param: 'model',
      },
    );
    await expect(
      client(server).images.generate({ prompt: 'x', size: '1x1' as '256x256' }),
    ).rejects.toMatchObject({
      status: 400,
      code: 'invalid-request',
    });
  });

  it('comes again when the server takes no more', async () => {
    const server = await startTestServer({ stub: { stepMs: 20 }, limits: { waiting: 1 } });
    const patient = client(server, { maxRetries: 6 });
    const made = await Promise.all(
      [1, 2, 3].map((seed) => patient.images.generate({ prompt: 'a person', ...{ seed, steps: 10 } })),
    );
    expect(made.map(({ data }) => data?.length)).toEqual([1, 1, 1]);
  });

  it('gives up the job when the caller hangs up', async () => {
    const server = await startTestServer({ stub: { stepMs: 50 } });
    const controller = new AbortController();
    const making = client(server).images.generate(
      { prompt: 'a person', ...{ steps: 200 } },
      { signal: controller.signal },
    );
    const outcome = expect(making).rejects.toThrow();
    await expect.poll(() => server.engine.requests.length, { timeout: 10_000 }).toBe(1);
    controller.abort();
    await outcome;
    await expect
      .poll(
        async () => ((await (await call(server, '/api/v1/history')).json()) as { jobs: unknown[] }).jobs[0],
        { timeout: 15_000 },
      )
      .toMatchObject({ state: 'cancelled' });
  });
});
