import { raster } from '@stable-pose/core';
import { FakeHost, StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { Studio } from '../../../packages/studio/src/state/studio.ts';

const canvas = { width: 600, height: 500 };
const area = { x: 200, y: 150, width: 192, height: 160 };

/** Pixels that say where they are, so that surroundings matter. */
function scenery() {
  const picture = raster(canvas.width, canvas.height, 3);
  for (let i = 0; i < canvas.width * canvas.height; i++)
    picture.data.set([(i % canvas.width) % 256, Math.floor(i / canvas.width) % 256, 90], i * 3);
  return picture;
}

async function open(host: FakeHost) {
  const studio = new Studio({ host, engine: new StubEngine(), language: 'en' });
  const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 60_000 });
  await eventually(() => studio.engineState.value.kind).toBe('ready');
  await eventually(() => studio.isStarted.value).toBe(true);
  return { studio, eventually };
}

describe('a result of an earlier session', () => {
  it('is placed without its surroundings, and its people where they were asked for', async () => {
    const host = new FakeHost();
    host.open({ canvas, picture: scenery(), poses: [standingPose(area)] });
    host.select({ kind: 'area', area });
    const { studio: first, eventually } = await open(host);
    first.change({ steps: 1, seed: 2, keepsSeed: true });
    first.generate();
    await eventually(() => first.gallery.results.value.length).toBe(1);
    const [made] = first.gallery.results.value;
    // With surroundings, or this test says nothing.
    expect(made.area!.drawn.width).toBeGreaterThan(made.area!.placed.width);
    await first.place([made]);
    await first.close();

    const { studio: second, eventually: soon } = await open(host);
    await soon(() => second.gallery.results.value.length).toBe(1);
    const [kept] = second.gallery.results.value;
    expect(kept.prepared).toBeUndefined();
    await second.place([kept]);
    const [, then, now] = host.document.layers;
    expect(now.area).toEqual(then.area);
    expect([now.picture.width, now.picture.height]).toEqual([then.picture.width, then.picture.height]);
    const apart = now.picture.data.reduce((sum, value, i) => sum + Math.abs(value - then.picture.data[i]), 0);
    // But for two ways of scaling, which differ more or less with the ground that the seed gives.
    expect(apart / now.picture.data.length).toBeLessThan(4);
    const posesOf = (metadata: string | undefined) =>
      (JSON.parse(metadata!) as { poses: { keypoints: number[][] }[] }).poses[0].keypoints;
    const [before, after] = [posesOf(then.metadata), posesOf(now.metadata)];
    for (const [i, [x, y]] of after.entries())
      expect(Math.hypot(x - before[i][0], y - before[i][1])).toBeLessThan(1);
    await second.close();
  });
});
