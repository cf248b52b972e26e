import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeRandomCheckpoint } from '../../../models/src/checkpoint/index.ts';
import { openAdapter } from '../../../models/src/on-disk.ts';
import type { AdapterSource } from '../../../packages/core/src/contract/index.ts';
import { createPipeline, type Pipeline } from '../../../packages/core/src/pipeline/index.ts';
import { drawOpenPose, drawPoses, type Keypoint, type Pose } from '../../../packages/core/src/pose/index.ts';
import { tinyAdapter, tinyText, tinyUnet, tinyVae } from '../../models/architectures/tiny-model.ts';
import { farthest, openTinyPipeline, standingPerson, type TinyPipeline } from './tiny-pipeline.ts';

// Many small pictures: slow where other programs hold the cores.
vi.setConfig({ testTimeout: 200_000, hookTimeout: 200_000 });

const person = standingPerson(32, 12, 50);
const base = { prompt: 'a person', width: 64, height: 64, steps: 2, scheduler: 'ddim', seed: 7 } as const;
const posed = { ...base, poses: [person] };
const config = { control_config: { params: { num_heads: 4 } } };
const pose = { kind: 'stable-pose', model: 'pose' } as const;
// Random weights are stronger than trained ones: less of them, so that the picture keeps its greys.
const control = { kind: 'controlnet', model: 'control', strength: 0.05 } as const;
const t2i = { kind: 't2i-adapter', model: 't2i', strength: 0.05 } as const;

let tiny: TinyPipeline;
let pipeline: Pipeline;
let adapters: Record<string, AdapterSource>;

beforeAll(async () => {
  tiny = await openTinyPipeline();
  const sizes = { unet: tinyUnet, adapter: tinyAdapter, vae: tinyVae, text: tinyText };
  const open = async (layout: 'controlnet-pth' | 't2i-adapter-diffusers') => {
    const path = join(tiny.folder, layout);
    await makeRandomCheckpoint({ layout, out: path, seed: 2, config: sizes });
    return openAdapter({ path, ...(layout === 'controlnet-pth' ? { config } : {}) });
  };
  adapters = {
    pose: tiny.adapter,
    control: await open('controlnet-pth'),
    t2i: await open('t2i-adapter-diffusers'),
  };
  pipeline = createPipeline({ runtime: tiny.runtime, model: tiny.model, adapters });
});
afterAll(async () => {
  await pipeline?.dispose();
  await Promise.all([adapters?.control?.dispose(), adapters?.t2i?.dispose()]);
  await tiny?.dispose();
});

const one = async (request: Parameters<Pipeline['generate']>[0], on = pipeline) => {
  const { pictures } = await on.generate(request);
  return pictures[0]!;
};
const differ = async (a: Parameters<Pipeline['generate']>[0], b: Parameters<Pipeline['generate']>[0]) =>
  farthest((await one(a)).raster, (await one(b)).raster);

/** Sums of fp32 in another order, rounded to bytes. */
const rounding = 1;

describe('adapters of all kinds together', () => {
  it('each follow the pose', async () => {
    const other = standingPerson(20, 10, 45);
    for (const use of [pose, control, t2i]) {
      const asked = { ...posed, adapters: [use] };
      expect(await differ(asked, { ...base }), use.kind).toBeGreaterThan(0);
      expect(await differ(asked, { ...asked, poses: [other] }), use.kind).toBeGreaterThan(0);
    }
  });

  it('change the picture more than any two of them', async () => {
    const all = [pose, control, t2i];
    for (const left of all) {
      const two = all.filter((use) => use !== left);
      expect(
        await differ({ ...posed, adapters: all }, { ...posed, adapters: two }),
        left.kind,
      ).toBeGreaterThan(0);
    }
  });

  it('are summed, in whichever order they are named', async () => {
    const sum = { ...posed, adapters: [pose, control, t2i] };
    expect(await differ(sum, { ...posed, adapters: [t2i, pose, control] })).toBeLessThanOrEqual(rounding);
    const halves = [control, t2i].flatMap((use) => [
      { ...use, strength: use.strength / 2 },
      { ...use, strength: use.strength / 2 },
    ]);
    expect(await differ(sum, { ...posed, adapters: [...halves, pose] })).toBeLessThanOrEqual(rounding);
  });

  it('do nothing at strength 0', async () => {
    const silent = { ...posed, adapters: [pose, { ...control, strength: 0 }, { ...t2i, strength: 0 }] };
    expect(await differ(silent, { ...posed, adapters: [pose] })).toBe(0);
    const none = { ...posed, adapters: [control, t2i].map((use) => ({ ...use, strength: 0 })) };
    expect(await differ(none, { ...posed, adapters: [] })).toBe(0);
  });

  it('act each in its own range of steps: two halves of a run make a whole', async () => {
    const parts = [control, t2i].flatMap((use) => [
      { ...use, to: 0.5 },
      { ...use, from: 0.5 },
    ]);
    const whole = { ...posed, adapters: [control, t2i] };
    expect(await differ(whole, { ...posed, adapters: parts })).toBeLessThanOrEqual(rounding);
    for (const use of [control, t2i]) {
      const early = { ...posed, adapters: [{ ...use, to: 0.5 }] };
      expect(await differ(early, { ...posed, adapters: [use] }), use.kind).toBeGreaterThan(0);
      expect(await differ(early, { ...posed, adapters: [] }), use.kind).toBeGreaterThan(0);
    }
  });

  it('run without guidance, and with parts loaded in turn, to the same picture', async () => {
    const request = { ...posed, adapters: [pose, control, t2i] };
    expect(await differ({ ...request, guidanceScale: 1 }, { ...posed, guidanceScale: 1 })).toBeGreaterThan(0);
    const inTurn = createPipeline({ runtime: tiny.runtime, model: tiny.model, adapters, partsInTurn: true });
    expect(farthest((await one(request, inTurn)).raster, (await one(request)).raster)).toBe(0);
    await inTurn.dispose();
  });

  it('are found by their kind, and the first is what an unstated one means', async () => {
    const byKind = await one({ ...posed, adapters: [{ kind: 't2i-adapter', strength: 0.05 }] });
    expect(byKind.request.adapters).toMatchObject([{ model: 't2i' }]);
    expect(byKind.raster.data).toEqual((await one({ ...posed, adapters: [t2i] })).raster.data);
    expect((await one(posed)).request.adapters).toMatchObject([{ kind: 'stable-pose', model: 'pose' }]);
  });

  it('weigh what they hold', async () => {
    const weigh = async (uses: readonly (typeof pose | typeof control | typeof t2i)[]) =>
      (await pipeline.estimateMemory({ ...posed, adapters: uses })).weightBytes;
    const none = await weigh([]);
    const parts = [];
    for (const use of [pose, control, t2i]) parts.push((await weigh([use])) - none);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    expect(await weigh([pose, control, t2i])).toBe(none + parts.reduce((sum, bytes) => sum + bytes, 0));
  });
});

describe('what adapters look at', () => {
  const size = { width: 64, height: 64 };
  const point: Keypoint = [30, 20, 1];
  const withFace: Pose = { ...person, face: Array.from({ length: 70 }, () => point) };
  const withHand: Pose = { ...person, hands: { left: Array.from({ length: 21 }, () => point) } };

  it('is shown as the first of them sees it', async () => {
    const seen = async (use: typeof pose | typeof control) =>
      (await one({ ...posed, adapters: [use] })).hint?.data;
    expect(await seen(control)).toEqual(drawOpenPose([person], size).data);
    expect(await seen(pose)).toEqual(drawPoses([person], size).data);
  });

  it('has hands and faces in it for ControlNet and T2I-Adapter', async () => {
    for (const use of [control, t2i]) {
      for (const changed of [withFace, withHand]) {
        const request = { ...posed, adapters: [use] };
        expect(await differ(request, { ...request, poses: [changed] }), use.kind).toBeGreaterThan(0);
      }
    }
  });

  it('has none for Stable-Pose, and the result says so', async () => {
    const request = { ...posed, adapters: [pose] };
    const plain = await one(request);
    const shown = await one({ ...request, poses: [withFace] });
    expect(shown.raster.data).toEqual(plain.raster.data);
    expect(shown.warnings.join()).toMatch(
      /^The faces of the poses were not used: pose looks at bodies only\./,
    );
    const both = await one({ ...request, poses: [withHand, withFace] });
    expect(both.warnings.join()).toMatch(/^The hands and faces of the poses were not used/);
    expect(plain.warnings.join()).not.toMatch(/faces|hands/);
    const together = await one({ ...posed, poses: [withFace], adapters: [pose, control] });
    expect(together.warnings.join()).not.toMatch(/faces|hands/);
  });

  it('is the picture without anybody: then an adapter is left out', async () => {
    const outside = standingPerson(-200, 12, 50);
    for (const use of [control, t2i]) {
      expect(await differ({ ...base, poses: [outside], adapters: [use] }, { ...base })).toBe(0);
    }
  });
});

describe('a Stable-Pose adapter that was trained without masks', () => {
  it('sees everything, and so draws another picture', async () => {
    const told = JSON.parse(readFileSync(join(tiny.folder, 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const path = join(tiny.folder, 'tiny.safetensors');
    const unmasked = await openAdapter({ path, config: { ...told, pose_masks: false } });
    expect(unmasked.config).toMatchObject({ kind: 'stable-pose', isMasked: false });
    const other = createPipeline({ runtime: tiny.runtime, model: tiny.model, adapters: { pose: unmasked } });
    expect(farthest((await one(posed, other)).raster, (await one(posed)).raster)).toBeGreaterThan(0);
    await other.dispose();
    await unmasked.dispose();
  });
});

describe('adapters of another model', () => {
  it('are refused when the pipeline is made', async () => {
    const wide = {
      ...tinyUnet,
      levels: tinyUnet.levels.map((level) => ({ ...level, channels: 2 * level.channels })),
    };
    const path = join(tiny.folder, 'wide.pth');
    const sizes = { unet: wide, adapter: tinyAdapter, vae: tinyVae, text: tinyText };
    await makeRandomCheckpoint({ layout: 't2i-adapter-pth', out: path, config: sizes });
    const adapter = await openAdapter({ path });
    expect(() => createPipeline({ runtime: tiny.runtime, model: tiny.model, adapters: { adapter } })).toThrow(
      /made for another model/,
    );
    await adapter.dispose();
  });
});
