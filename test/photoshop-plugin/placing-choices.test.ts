import { cropRaster, withChannels } from '@stable-pose/core';
import { markedPicture, plainPicture, softEllipse, standingPose } from '@stable-pose/sdk/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { writePlaceSettings } from '../../packages/photoshop-plugin/src/host/place-settings.ts';
import { photoshopBench, type SimulatedBench } from './simulator/photoshop-bench.ts';

const canvas = { width: 150, height: 110 };
const area = { x: 30, y: 20, width: 61, height: 47 };
const orange = { picture: plainPicture(61, 47, [240, 120, 20]), area, name: 'Orange' };
let bench: SimulatedBench;

beforeEach(async () => {
  bench = photoshopBench('RGBColorMode', 16);
  await bench.open({ canvas, picture: markedPicture(150, 110) });
});

const target = async () => (await bench.host.readSelection()).target;

describe('a smart object, where people chose it', () => {
  beforeEach(() =>
    writePlaceSettings(bench.host.storage.settings, { asSmartObject: true, groupsVariants: true }),
  );

  it('carries the picture, its mask outside of it, and the request, in one step', async () => {
    const mask = softEllipse(61, 47);
    const [id] = await bench.host.place({
      target: await target(),
      undoName: 'Place',
      pictures: [{ ...orange, mask, metadata: '{"seed":7}' }],
    });
    const { document } = bench.simulator;
    const layer = document.layer(Number(id));
    expect(layer.kind).toBe('smartObject');
    expect(layer.mask?.raster.data).toEqual(mask.data);
    expect(document.history.map(({ name }) => name)).toEqual(['Place']);
    await bench.selectPlaced?.(id);
    expect((await bench.host.readSelection()).placed).toEqual({ id, metadata: '{"seed":7}' });
  });

  it('is refilled by one in its place', async () => {
    const [id] = await bench.host.place({ target: await target(), undoName: 'Place', pictures: [orange] });
    const blue = { ...orange, picture: plainPicture(61, 47, [10, 20, 240]), replace: id };
    const [again] = await bench.host.place({ target: await target(), undoName: 'Again', pictures: [blue] });
    const { layers } = bench.simulator.document.state;
    expect(layers.map(({ kind }) => kind ?? 'pixel')).toEqual(['smartObject', 'pixel']);
    expect(String(layers[0].id)).toBe(again);
    expect(bench.simulator.document.state.activeIds.length).toBe(1);
    const seen = await bench.host.readPixels(await target(), { area });
    expect(Array.from(seen.data.slice(0, 4))).toEqual([10, 20, 240, 255]);
  });
});

describe('variants', () => {
  const pictures = [0, 1, 2].map((i) => ({ ...orange, name: `Variant ${i + 1}` }));

  it('come in a group under one name, in one step', async () => {
    const ids = await bench.host.place({ target: await target(), undoName: 'Three', pictures });
    const { document } = bench.simulator;
    const group = document.state.layers.find(({ kind }) => kind === 'group');
    expect(
      document
        .childrenOf(group?.id)
        .map(({ id }) => String(id))
        .sort(),
    ).toEqual([...ids].sort());
    expect(document.history.length).toBe(1);
  });

  it('come apart where people chose that', async () => {
    await writePlaceSettings(bench.host.storage.settings, { asSmartObject: false, groupsVariants: false });
    await bench.host.place({ target: await target(), undoName: 'Three', pictures });
    expect(bench.simulator.document.state.layers.every(({ kind }) => kind !== 'group')).toBe(true);
  });
});

describe('artboards', () => {
  const board = { x: 60, y: 30, width: 80, height: 60 };

  /** An artboard with a picture in it, which is the active layer. */
  function makeArtboard(): { readonly board: number; readonly inner: number } {
    const { document } = bench.simulator;
    const [background] = document.state.layers;
    const empty = { isVisible: true, left: 0, top: 0, settings: {} };
    document.state = {
      layers: [
        { ...empty, id: 500, name: 'Poster', kind: 'group', artboard: board },
        { ...background, id: 501, name: 'Ground', parent: 500 },
      ],
      activeIds: [501],
    };
    return { board: 500, inner: 501 };
  }

  it('are canvases of their own', async () => {
    makeArtboard();
    const selection = await bench.host.readSelection();
    expect(selection).toMatchObject({
      kind: 'canvas',
      name: 'Poster',
      canvas: { width: 80, height: 60 },
      area: { x: 0, y: 0, width: 80, height: 60 },
    });
    const part = { x: 5, y: 6, width: 20, height: 10 };
    const seen = await bench.host.readPixels(selection.target, { area: part });
    const wanted = cropRaster(withChannels(markedPicture(150, 110), 4), { ...part, x: 65, y: 36 });
    expect(seen.data).toEqual(wanted.data);
    const beyond = await bench.host.readPixels(selection.target, {
      area: { x: -4, y: 0, width: 4, height: 4 },
    });
    expect(beyond.data.every((value) => value === 0)).toBe(true);
  });

  it('get pictures and skeletons inside them, measured from their own corner', async () => {
    const { board: id } = makeArtboard();
    const { document } = bench.simulator;
    const { target: place } = await bench.host.readSelection();
    const part = { x: 5, y: 6, width: 20, height: 10 };
    const picture = plainPicture(20, 10, [9, 8, 7]);
    const pose = standingPose({ x: 6, y: 6, width: 12, height: 9 });
    const [made] = await bench.host.place({
      target: place,
      undoName: 'Place',
      pictures: [{ picture, area: part, name: 'In it' }],
      poses: { poses: [pose], isVisible: false },
    });
    const layer = document.layer(Number(made));
    expect([layer.parent, layer.left, layer.top]).toEqual([id, 65, 36]);
    const { poses } = await bench.host.readPoses(place);
    expect(poses[0].keypoints[0][0]).toBeCloseTo(pose.keypoints[0][0], 6);
    expect(document.state.layers.find(({ name }) => name === 'Person 1')?.parent).toBe(id);
  });

  it('count a selection within them only', async () => {
    makeArtboard();
    bench.simulator.document.selection = { area: { x: 50, y: 20, width: 40, height: 30 } };
    const { kind, area: selected } = await bench.host.readSelection();
    expect(kind).toBe('area');
    expect(selected).toEqual({ x: 0, y: 0, width: 30, height: 20 });
  });
});
