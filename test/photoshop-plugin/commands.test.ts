import { type Pose, StablePoseError } from '@stable-pose/core';
import { readPlacedMetadata } from '@stable-pose/sdk';
import { markedPicture, StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { commandsOf } from '../../packages/photoshop-plugin/src/panel/run-commands.ts';
import { transformByHand, withInner } from './simulator/hands.ts';
import { photoshopBench, type SimulatedBench } from './simulator/photoshop-bench.ts';

const canvas = { width: 192, height: 128 };
const person = standingPose({ x: 20, y: 10, width: 60, height: 108 });
let bench: SimulatedBench;
let engine: StubEngine;

beforeEach(async () => {
  bench = photoshopBench();
  engine = new StubEngine();
  await bench.open({ canvas, picture: markedPicture(192, 128) });
});

/** The panel's engine and form, as the studio would give them. */
const studio = {
  current: async () => ({
    engine,
    request: { prompt: 'a woman', seed: 7, poses: [person] as Pose[], width: 192, height: 128 },
    size: canvas,
  }),
};
const run = (...given: Parameters<ReturnType<typeof commandsOf>>) => commandsOf(bench.host, studio)(...given);
const history = () => bench.simulator.document.history.map(({ name }) => name);
const placedLayer = () =>
  bench.simulator.document.state.layers.find(({ settings }) => 'stablePose' in settings);

async function metadata() {
  bench.simulator.selectLayers(placedLayer()?.id ?? -1);
  const { placed } = await bench.host.readSelection();
  return readPlacedMetadata(placed?.metadata ?? '');
}

describe('commands of menus and Actions', () => {
  it('generate with the last settings, in one step, the skeleton hidden beside the picture', async () => {
    const shares: number[] = [];
    await run('generate', { onProgress: (share) => shares.push(share) });
    expect(history()).toEqual(['Generate picture']);
    expect((await metadata()).request).toMatchObject({ prompt: 'a woman', seed: 7 });
    const { target } = await bench.host.readSelection();
    expect((await bench.host.readPoses(target)).poses.length).toBe(1);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });

  it('generate with the skeletons of the document before those of the panel', async () => {
    const { target } = await bench.host.readSelection();
    const other = standingPose({ x: 100, y: 10, width: 60, height: 108 });
    await bench.host.placePoses(target, [other]);
    await run('generate', {});
    const [pose] = (await metadata()).poses;
    expect(pose.keypoints[0][0]).toBeCloseTo(other.keypoints[0][0], 4);
  });

  it('generate once for each of several artboards', async () => {
    const { document } = bench.simulator;
    const empty = { isVisible: true, left: 0, top: 0, settings: {}, kind: 'group' as const };
    const board = (x: number) => ({ x, y: 0, width: 96, height: 128 });
    document.state = {
      layers: [
        { ...empty, id: 500, name: 'A', artboard: board(0) },
        { ...empty, id: 501, name: 'B', artboard: board(96) },
      ],
      activeIds: [500, 501],
    };
    const words: string[] = [];
    await run('generate', { onProgress: (_, said) => words.push(said) });
    expect(
      document.state.layers.filter(({ settings }) => 'stablePose' in settings).map(({ parent }) => parent),
    ).toEqual(expect.arrayContaining([500, 501]));
    expect(words.some((said) => said.startsWith('2/2: '))).toBe(true);
  });

  it('repose refills the picture with its seed, from the pixels that are there and the joints that were moved', async () => {
    await run('generate', {});
    const { document } = bench.simulator;
    const group = document.state.layers.find(({ kind }) => kind === 'group');
    const wrist = withInner(document, group?.id ?? -1).find(({ name }) => name === 'left_wrist');
    transformByHand(document, wrist?.id ?? -1, ([x, y]) => [x + 20, y - 30]);
    const layer = placedLayer();
    bench.simulator.selectLayers(layer?.id ?? -1);
    await run('repose', {});
    expect(placedLayer()?.id).toBe(layer?.id);
    const request = engine.requests.at(-1);
    expect(request).toMatchObject({ seed: 7, prompt: 'a woman', count: 1 });
    const [before, now] = [request?.repose?.from[0], request?.poses[0]] as [Pose, Pose];
    // In pixels of the drawn picture.
    const [dx, dy] = [0, 1].map((axis) => now.keypoints[9][axis] - before.keypoints[9][axis]);
    expect(dx).toBeGreaterThan(4);
    expect(dy / dx).toBeCloseTo(-1.5, 1);
    expect(now.keypoints[10][0] - before.keypoints[10][0]).toBeCloseTo(0, 3);
    expect(request?.repose?.picture).toBeDefined();
    expect(history().at(-1)).toBe('Repose');
  });

  it('repose refills several chosen pictures one after the other', async () => {
    await run('generate', {});
    await run('generate', {});
    const { document } = bench.simulator;
    const pictures = document.state.layers.filter(({ settings }) => 'stablePose' in settings);
    expect(pictures.length).toBe(2);
    bench.simulator.selectLayers(...pictures.map(({ id }) => id));
    const words: string[] = [];
    await run('repose', { onProgress: (_, said) => words.push(said) });
    expect(history().slice(2)).toEqual(['Repose', 'Repose']);
    expect(words.some((said) => said.startsWith('2/2: '))).toBe(true);
    const after = document.state.layers.filter(({ settings }) => 'stablePose' in settings);
    expect(after.map(({ id }) => id).sort()).toEqual(pictures.map(({ id }) => id).sort());
  });

  it('repose says what to choose when no picture of ours is', async () => {
    await expect(run('repose', {})).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('pose from the selected layer puts skeletons beside those that are there', async () => {
    const { target } = await bench.host.readSelection();
    await bench.host.placePoses(target, [person]);
    bench.simulator.selectLayers(bench.simulator.document.state.layers.at(-1)?.id ?? -1);
    await run('poseFromLayer', {});
    expect((await bench.host.readPoses(target)).poses.length).toBeGreaterThan(1);
    expect(history().at(-1)).toBe('Pose from layer');
  });

  it('refine the selection cuts it to people, within what was selected, in one step', async () => {
    const area = { x: 20, y: 10, width: 120, height: 100 };
    bench.simulator.document.selection = { area };
    await run('refineSelection', {});
    const { selection } = bench.simulator.document;
    expect(selection?.area).toEqual(area);
    expect(new Set(selection?.mask?.data).size).toBeGreaterThan(1);
    expect(history()).toEqual(['Refine selection']);
    expect(bench.simulator.liveBuffers).toBe(0);
  });

  it('refine the selection says so when nothing is selected, or the engine cannot', async () => {
    await expect(run('refineSelection', {})).rejects.toMatchObject({ code: 'invalid-input' });
    engine = new StubEngine({ canMatte: false });
    await expect(run('refineSelection', {})).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('stop when they are cancelled, and leave the document alone', async () => {
    engine = new StubEngine({ stepMs: 20 });
    const abort = new AbortController();
    const running = run('generate', { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(running).rejects.toSatisfy(
      (error) => StablePoseError.is(error) && error.code === 'cancelled',
    );
    expect(history()).toEqual([]);
  });
});
