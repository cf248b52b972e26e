import { resolve } from 'node:path';
import { LocalEngine } from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';
import { describeConformance, engineChecks, standingPose } from '@stable-pose/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTinyFolder } from '../models/tiny-folder.ts';

let tiny: ReturnType<typeof makeTinyFolder>;
beforeAll(() => {
  tiny = makeTinyFolder();
});
afterAll(() => tiny.remove());

const engineOf = () => createNodeEngine({ models: [tiny.folder], device: 'cpu', threads: 1 });

describeConformance({ describe, it }, 'the engine in Node', engineChecks, () => {
  const engine = engineOf();
  return { engine, dispose: () => engine.dispose() };
});

describeConformance(
  { describe, it },
  'the engine in Node, with the network that cuts people out',
  engineChecks.filter(({ rule }) => rule === 'E1' || rule === 'E18'),
  () => {
    const engine = createNodeEngine({
      models: [tiny.folder],
      device: 'cpu',
      threads: 1,
      eyes: resolve('test/golden/eyes'),
    });
    return { engine, dispose: () => engine.dispose() };
  },
);

describe('an engine without the networks that look at pictures', () => {
  it('says what is missing and where it would be named', async () => {
    const engine = new LocalEngine({
      kind: 'node',
      name: 'This computer',
      models: async () => [],
      startRuntime: () => Promise.reject(new Error('No device is needed to say so.')),
    });
    const picture = { width: 8, height: 8, channels: 3, data: new Uint8Array(192) } as const;
    await expect(engine.matte(picture)).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('STABLE_POSE_EYES'),
    });
    await expect(engine.detectPose(picture)).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('npm install @stable-pose/movenet'),
    });
    await engine.dispose();
  });
});

describe('the engine in Node', () => {
  it('takes requests for a model by its name, and says which there are', async () => {
    const engine = createNodeEngine({
      models: [tiny.folder, { path: tiny.folder, id: 'second' }],
      device: 'cpu',
      threads: 1,
    });
    try {
      expect((await engine.models()).map(({ id }) => id)).toEqual(['tiny', 'second']);
      const request = { prompt: 'x', steps: 1, width: 64, height: 64 };
      const { pictures } = await engine.generate({ ...request, model: 'second' });
      expect(pictures[0].raster.width).toBe(64);
      await expect(engine.generate({ ...request, model: 'third' })).rejects.toMatchObject({
        code: 'model-not-found',
        message: 'There is no model "third"; there are: tiny, second. Name one of these, or fetch it first.',
      });
    } finally {
      await engine.dispose();
    }
  });

  it('says where it runs, and names the faults of opening', async () => {
    const engine = createNodeEngine({ models: ['nowhere.safetensors'], device: 'cpu', threads: 1 });
    try {
      expect(await engine.describe()).toMatchObject({
        kind: 'node',
        place: 'this-device',
        device: 'cpu, 1 thread',
      });
      await expect(engine.generate({ prompt: 'x' })).rejects.toMatchObject({ code: 'file-not-found' });
    } finally {
      await engine.dispose();
    }
  });

  it('describes a device that cannot be started instead of failing', async () => {
    const engine = createNodeEngine({ models: [tiny.folder], device: 'coreml' });
    try {
      const { device, advice } = await engine.describe();
      expect(device).toBe('no device');
      expect(advice[0]).toMatch(/coreml/);
    } finally {
      await engine.dispose();
    }
  });

  it('draws the figurine when nothing is named', async () => {
    const engine = createNodeEngine({ device: 'cpu', threads: 1 });
    try {
      const [model] = await engine.models();
      expect(model.config.vocabulary).toBeDefined();
      const { pictures } = await engine.generate({
        prompt: 'a woman in a red dress',
        poses: [standingPose({ x: 78, y: 8, width: 100, height: 240 })],
        steps: 1,
      });
      expect(pictures[0].raster).toMatchObject({ width: 256, height: 256 });
    } finally {
      await engine.dispose();
    }
  });
});
