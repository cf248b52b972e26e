import { decodePng, encodePng } from '@stable-pose/core';
import { markedPicture, standingPose } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { call, smallRequest, startTestServer, type TestServer } from './start-test-server.ts';

const pose = { format: 'stable-pose', version: 1, width: 64, height: 64, people: smallRequest.poses };
const photo = Buffer.from(encodePng(markedPicture(64, 64))).toString('base64');
const unit = (fields: Record<string, unknown>) => ({ alwayson_scripts: { controlnet: { args: [fields] } } });

interface Answer {
  readonly images: string[];
  readonly info: string;
  readonly error?: string;
  readonly detail?: string;
}

async function post(
  server: TestServer,
  path: string,
  json: unknown,
): Promise<Answer & { readonly status: number }> {
  const response = await call(server, path, { json });
  return { status: response.status, ...((await response.json()) as Answer) };
}

describe("AUTOMATIC1111's API", () => {
  it('makes pictures of a prompt and a ControlNet unit that holds the pose', async () => {
    const server = await startTestServer();
    const made = await post(server, '/sdapi/v1/txt2img', {
      prompt: 'a person',
      negative_prompt: 'rain',
      seed: 7,
      steps: 2,
      cfg_scale: 3,
      width: 64,
      height: 64,
      batch_size: 2,
      sampler_name: 'DPM++ 2M Karras',
      override_settings: { sd_model_checkpoint: 'stub [6ce0161689]' },
      save_images: false,
      ...unit({
        enabled: true,
        module: 'none',
        model: 'stub',
        weight: 0.5,
        guidance_end: 0.8,
        pose,
        pixel_perfect: true,
      }),
    });
    expect(made.status).toBe(200);
    expect(JSON.parse(made.info)).toMatchObject({ seed: 7, all_seeds: [7, 8], sd_model_name: 'stub' });
    const [asked] = server.engine.requests;
    expect(asked).toMatchObject({
      negativePrompt: 'rain',
      scheduler: 'dpmpp-2m',
      spacing: 'karras',
      guidanceScale: 3,
      adapters: [{ kind: 'stable-pose', strength: 0.5, from: 0, to: 0.8 }],
    });
    const direct = await server.engine.generate(asked);
    expect(made.images.map((image) => decodePng(Buffer.from(image, 'base64')))).toEqual(
      direct.pictures.map(({ raster }) => raster),
    );
  });

  it('finds the pose in a photo, and draws anew what the mask says', async () => {
    const server = await startTestServer();
    const made = await post(server, '/sdapi/v1/img2img', {
      prompt: 'a person',
      init_images: [photo],
      mask: photo,
      mask_blur: 4,
      inpainting_mask_invert: 1,
      denoising_strength: 0.6,
      width: 64,
      height: 64,
      ...unit({ module: 'openpose_full', image: { image: photo } }),
    });
    expect(made.status).toBe(200);
    expect(server.engine.requests[0]).toMatchObject({
      image: { strength: 0.6 },
      mask: { invert: true, feather: 4 },
      poses: [standingPose({ x: 0, y: 0, width: 64, height: 64 })],
    });
  });

  it('says why it cannot take a unit, a sampler or a model', async () => {
    const server = await startTestServer();
    const base = { prompt: 'a person', width: 64, height: 64 };
    const skeleton = await post(server, '/sdapi/v1/txt2img', {
      ...base,
      ...unit({ module: 'none', image: photo }),
    });
    expect(skeleton).toMatchObject({
      status: 400,
      error: 'invalid-request',
      detail: expect.stringMatching(/skeleton/) as string,
    });
    expect(await post(server, '/sdapi/v1/txt2img', { ...base, sampler_name: 'Heun' })).toMatchObject({
      status: 400,
    });
    const other = { ...base, override_settings: { sd_model_checkpoint: 'other' } };
    expect(await post(server, '/sdapi/v1/txt2img', other)).toMatchObject({
      status: 404,
      error: 'model-not-found',
    });
    expect(
      await post(server, '/sdapi/v1/img2img', { ...base, init_images: ['http://127.0.0.1/x.png'] }),
    ).toMatchObject({
      status: 400,
      error: 'invalid-image',
    });
  });

  it('tells progress, is interrupted, and lists what there is', async () => {
    const server = await startTestServer({ stub: { stepMs: 30 } });
    const making = post(server, '/sdapi/v1/txt2img', { prompt: 'a person', steps: 100 });
    const progress = async () =>
      ((await (await call(server, '/sdapi/v1/progress')).json()) as { progress: number }).progress;
    await expect.poll(progress, { timeout: 15_000 }).toBeGreaterThan(0.02);
    await call(server, '/sdapi/v1/interrupt', { method: 'POST' });
    expect(await making).toMatchObject({ status: 409, error: 'cancelled' });
    const lists: [string, unknown][] = [
      ['/sdapi/v1/sd-models', [{ title: 'stub', model_name: 'Stub' }]],
      ['/sdapi/v1/samplers', expect.arrayContaining([expect.objectContaining({ name: 'Euler a' })])],
      ['/sdapi/v1/options', { sd_model_checkpoint: 'stub' }],
      ['/controlnet/version', { version: 2 }],
      ['/controlnet/model_list', { model_list: ['stub'] }],
      ['/controlnet/module_list', { module_list: expect.arrayContaining(['openpose']) as unknown }],
    ];
    for (const [path, value] of lists) {
      const got: unknown = await (await call(server, path)).json();
      if (path === '/sdapi/v1/samplers') expect(got).toEqual(value);
      else expect(got, path).toMatchObject(value as object);
    }
  });
});
