import { raster } from '@stable-pose/core';
import type { HostAdapter } from '@stable-pose/sdk';
import { markedPicture, plainPicture, softEllipse } from '@stable-pose/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { photoshopBench, type SimulatedBench } from './simulator/photoshop-bench.ts';

const canvas = { width: 150, height: 110 };
const part = { x: 30, y: 20, width: 61, height: 47 };
const whole = { x: 0, y: 0, ...canvas };
let bench: SimulatedBench;

afterEach(() => bench.dispose?.());

async function target(host: HostAdapter): Promise<string> {
  return (await host.readSelection()).target;
}

const orange = { picture: plainPicture(part.width, part.height, [240, 120, 20]), area: part, name: 'Orange' };

describe('placing into Photoshop', () => {
  it('is one modal scope with one history entry under its name', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const mask = softEllipse(part.width, part.height);
    await bench.host.place({
      target: await target(bench.host),
      undoName: 'Pose two people',
      pictures: [{ ...orange, mask, metadata: '{}' }],
    });
    expect(bench.simulator.progressNames).toEqual(['Pose two people']);
    expect(bench.simulator.document.history.map(({ name }) => name)).toEqual(['Pose two people']);
    const { changes } = bench.simulator;
    expect(changes.filter((call) => call.startsWith('put'))).toEqual(['putPixels', 'putLayerMask']);
  });

  it('is seen: it comes above an earlier picture of ours that covers its place, and beneath what else lies there', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const { document } = bench.simulator;
    const place = async (name: string, area = part) => {
      const picture = plainPicture(area.width, area.height, [9, 9, 9]);
      await bench.host.place({
        target: await target(bench.host),
        undoName: 'Place',
        pictures: [{ picture, area, name }],
      });
    };
    const names = () => document.state.layers.map(({ name }) => name);
    await place('First');
    await place('Second');
    expect(names()).toEqual(['Second', 'First', 'Background']);
    const elsewhere = { x: 100, y: 80, width: 40, height: 20 };
    await place('Elsewhere', elsewhere);
    expect(names()).toEqual(['Second', 'First', 'Elsewhere', 'Background']);
    const ground = document.state.layers.at(-1);
    const text = { ...ground!, id: 900, name: 'Title', settings: {} };
    document.change('Type', { ...document.state, layers: [text, ...document.state.layers] });
    await place('Third');
    expect(names()).toEqual(['Title', 'Third', 'Second', 'First', 'Elsewhere', 'Background']);
  });

  it('keeps the mask as a layer mask, and the pixels whole', async () => {
    bench = photoshopBench('RGBColorMode', 16);
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const mask = softEllipse(part.width, part.height);
    await bench.host.place({
      target: await target(bench.host),
      undoName: 'Place',
      pictures: [{ ...orange, mask }],
    });
    const [layer] = bench.simulator.document.state.layers;
    expect(layer.mask?.raster.data).toEqual(mask.data);
    expect([layer.mask?.left, layer.mask?.top]).toEqual([part.x, part.y]);
    expect(layer.image?.data).toBeInstanceOf(Uint16Array);
    expect(Array.from(layer.image?.data.slice(0, 4) ?? [])).toEqual(
      [240, 120, 20, 255].map((value) => Math.round((value * 32768) / 255)),
    );
  });

  it('leaves the active layers, the channels and the active document as they were', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const given = await target(bench.host);
    const { document } = bench.simulator;
    const before = document.state.activeIds;
    document.activeChannels = ['Red'];
    await bench.selectElsewhere?.();
    const elsewhere = bench.simulator.document.id;
    await bench.host.place({ target: given, undoName: 'Place', pictures: [orange] });
    expect(document.state.activeIds).toEqual(before);
    expect(document.activeChannels).toEqual(['Red']);
    expect(bench.simulator.document.id).toBe(elsewhere);
  });

  for (const call of ['createImageDataFromBuffer', 'putPixels', 'putLayerMask']) {
    it(`takes everything back and disposes its buffers when ${call} fails`, async () => {
      bench = photoshopBench();
      await bench.open({ canvas, picture: markedPicture(150, 110) });
      const given = await target(bench.host);
      const { document } = bench.simulator;
      const before = document.state;
      bench.simulator.failNext(call);
      const mask = softEllipse(part.width, part.height);
      const placing = bench.host.place({ target: given, undoName: 'Place', pictures: [{ ...orange, mask }] });
      await expect(placing).rejects.toMatchObject({ code: 'host-failed' });
      expect(document.state).toBe(before);
      expect(document.history).toEqual([]);
      expect(bench.simulator.liveBuffers).toBe(0);
    });
  }

  it('takes everything back when people cancel', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const given = await target(bench.host);
    bench.simulator.cancelNextScope();
    const placing = bench.host.place({ target: given, undoName: 'Place', pictures: [orange] });
    await expect(placing).rejects.toMatchObject({ code: 'cancelled' });
    expect(bench.simulator.document.history).toEqual([]);
  });

  it('shows all of a refilled picture whose old mask hid parts', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const given = await target(bench.host);
    const mask = softEllipse(part.width, part.height);
    const [id] = await bench.host.place({
      target: given,
      undoName: 'Place',
      pictures: [{ ...orange, mask }],
    });
    await bench.host.place({ target: given, undoName: 'Refill', pictures: [{ ...orange, replace: id }] });
    const seen = await bench.host.readPixels(given, { area: part });
    expect(Array.from(seen.data.slice(0, 4))).toEqual([240, 120, 20, 255]);
  });

  it('writes grey into a grey document', async () => {
    bench = photoshopBench('grayscaleMode', 16);
    await bench.open({ canvas, picture: plainPicture(150, 110, [100, 100, 100]) });
    const given = await target(bench.host);
    const grey = plainPicture(part.width, part.height, [180, 180, 180]);
    await bench.host.place({ target: given, undoName: 'Place', pictures: [{ ...orange, picture: grey }] });
    const seen = await bench.host.readPixels(given, { area: part });
    // Gamma 2.2 in 32768 steps is finer than sRGB's 255.
    expect(Array.from(seen.data.slice(0, 4))).toEqual([180, 180, 180, 255]);
  });

  for (const [mode, name] of [
    ['CMYKColorMode', 'CMYK'],
    ['indexedColorMode', 'Indexed Color'],
  ]) {
    it(`says before any work that a ${name} document takes no pictures, and what to do`, async () => {
      bench = photoshopBench();
      bench.simulator.open({ canvas, mode });
      const { target: given, obstacle } = await bench.host.readSelection();
      expect(obstacle).toContain(name);
      expect(obstacle).toContain('RGB Color');
      const placing = bench.host.place({ target: given, undoName: 'Place', pictures: [orange] });
      await expect(placing).rejects.toMatchObject({ code: 'not-supported' });
      expect(bench.simulator.progressNames).toEqual([]);
    });
  }
});

describe('reading from Photoshop', () => {
  it('disposes its buffer when nothing comes of it', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    bench.simulator.failNext('getData');
    const given = await target(bench.host);
    await expect(bench.host.readPixels(given, { area: part })).rejects.toMatchObject({ code: 'host-failed' });
    expect(bench.simulator.peakBytes).toBeGreaterThan(0);
    expect(bench.simulator.liveBuffers).toBe(0);
  });

  it('scales bounds of a pyramid level back, and puts trimmed pixels where they are', async () => {
    bench = photoshopBench();
    await bench.open({ canvas: { width: 800, height: 400 } });
    const given = await target(bench.host);
    const area = { x: 400, y: 200, width: 200, height: 100 };
    const picture = plainPicture(200, 100, [255, 0, 0]);
    await bench.host.place({ target: given, undoName: 'Place', pictures: [{ picture, area, name: 'Red' }] });
    const size = { width: 80, height: 40 };
    const seen = await bench.host.readPixels(given, { area: { x: 0, y: 0, width: 800, height: 400 }, size });
    const isRed = (x: number, y: number) => seen.data[4 * (y * 80 + x) + 3] === 255;
    expect([isRed(40, 20), isRed(59, 29), isRed(39, 20), isRed(60, 29), isRed(40, 19)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('leaves hidden layers out, and reads several selected ones alone without a trace', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: plainPicture(150, 110, [10, 10, 10]) });
    const given = await target(bench.host);
    const at = (x: number) => ({ x, y: 0, width: 10, height: 10 });
    const pictures = [0, 20, 40].map((x) => ({
      picture: plainPicture(10, 10, [200, x, 0]),
      area: at(x),
      name: `${x}`,
    }));
    const ids = await bench.host.place({ target: given, undoName: 'Place', pictures });
    bench.simulator.selectLayers(Number(ids[0]), Number(ids[2]));
    const { document } = bench.simulator;
    const before = document.state;
    const seen = await bench.host.readPixels(given, { area: whole, layers: 'selected' });
    const pixel = (x: number) => Array.from(seen.data.slice(4 * x, 4 * x + 4));
    expect([pixel(0), pixel(20), pixel(40), pixel(60)]).toEqual([
      [200, 0, 0, 255],
      [0, 0, 0, 0],
      [200, 40, 0, 255],
      [0, 0, 0, 0],
    ]);
    expect(document.state).toBe(before);
    expect(document.history.length).toBe(1);
  });

  it('finds a moved picture where it is now', async () => {
    bench = photoshopBench();
    await bench.open({ canvas, picture: markedPicture(150, 110) });
    const given = await target(bench.host);
    // Its outer pixels are clear: Photoshop's bounds of the layer are smaller than the picture.
    const picture = raster(part.width, part.height, 4);
    picture.data.set([9, 9, 9, 255], 4 * (5 * part.width + 7));
    const [id] = await bench.host.place({
      target: given,
      undoName: 'Place',
      pictures: [{ ...orange, picture }],
    });
    const { document } = bench.simulator;
    document.changeLayer('Move', Number(id), { left: part.x + 7 + 3, top: part.y + 5 - 2 });
    await bench.selectPlaced?.(id);
    const { area } = await bench.host.readSelection();
    expect(area).toEqual({ ...part, x: part.x + 3, y: part.y - 2 });
  });
});

describe("the plug-in's data folder", () => {
  it('keeps names apart that differ in case only', async () => {
    bench = photoshopBench();
    const { settings } = bench.host.storage;
    await settings.write('Name', Uint8Array.of(1));
    await settings.write('name', Uint8Array.of(2));
    expect([...((await settings.read('Name')) ?? [])]).toEqual([1]);
    expect(await settings.names()).toEqual(['Name', 'name']);
  });
});
