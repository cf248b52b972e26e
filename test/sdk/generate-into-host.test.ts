import {
  cropRaster,
  decodePng,
  pngSize,
  type Raster,
  StablePoseError,
  withChannels,
} from '@stable-pose/core';
import { generateIntoHost, readPlacedMetadata, repeatPlaced } from '@stable-pose/sdk';
import {
  FakeHost,
  type FakeHostOptions,
  markedPicture,
  plainPicture,
  StubEngine,
  softEllipse,
  standingPose,
} from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';

const canvas = { width: 256, height: 192 };
const picture = markedPicture(canvas.width, canvas.height);
const area = { x: 40, y: 30, width: 100, height: 90 };
const person = standingPose({ x: 60, y: 20, width: 80, height: 150 });

const hostOn = (options: FakeHostOptions = {}, selection?: Parameters<FakeHost['select']>[0]): FakeHost => {
  const host = new FakeHost(options);
  host.open({ canvas, picture, poses: [person], selection });
  return host;
};

const pixelsOf = async (host: FakeHost, part = { x: 0, y: 0, ...canvas }): Promise<Raster> => {
  const { target } = await host.readSelection();
  return host.readPixels(target, { area: part });
};

const decode = (base64: string | undefined): Raster =>
  decodePng(Uint8Array.from(atob(base64 ?? ''), (character) => character.charCodeAt(0)));

describe('generateIntoHost', () => {
  it('draws the skeletons of the canvas and places the picture as one undo step', async () => {
    const host = hostOn();
    const engine = new StubEngine();
    const before = host.document;
    const { placed, pictures, prepared } = await generateIntoHost(host, engine, {
      request: { prompt: 'a dancer', seed: 4 },
    });
    expect(placed).toHaveLength(1);
    expect(host.undoNames).toEqual(['Generate picture']);
    expect(host.document.layers.at(-1)).toMatchObject({ name: 'a dancer', area: { x: 0, y: 0, ...canvas } });
    // The canvas is four to three, the multiple 64: what is drawn grows by a little, and the people with it.
    expect(prepared.area.size.width % 64).toBe(0);
    const [nose] = engine.requests[0].poses[0].keypoints;
    const { drawn, size } = prepared.area;
    expect(nose[0]).toBeCloseTo(((person.keypoints[0][0] - drawn.x) * size.width) / drawn.width, 6);
    expect(nose[1]).toBeCloseTo(((person.keypoints[0][1] - drawn.y) * size.height) / drawn.height, 6);
    expect(pictures).toHaveLength(1);
    host.undo();
    expect(host.document).toEqual(before);
  });

  it('puts what was drawn at a place back at that place', async () => {
    const host = hostOn();
    await generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' }, resolution: 'canvas' });
    const seen = await pixelsOf(host);
    const [x, y] = person.keypoints[5];
    const shoulder = [
      ...seen.data.subarray(4 * (Math.round(y) * canvas.width + Math.round(x))).subarray(0, 3),
    ];
    // The stub draws limbs in Stable-Pose's colours, which are darker than its ground.
    expect(Math.min(...shoulder)).toBeLessThan(120);
    const corner = [...seen.data.subarray(0, 3)];
    expect(Math.min(...corner)).toBeGreaterThan(150);
  });

  it('redraws inside a selection only, and sees what is around it', async () => {
    const host = hostOn({}, { kind: 'area', area });
    const engine = new StubEngine();
    await generateIntoHost(host, engine, { request: { prompt: 'x', poses: [] }, feather: 0 });
    const { image, mask } = engine.requests[0];
    expect(image?.strength).toBe(1);
    const inside = decode(mask?.picture);
    expect(inside.data[0]).toBe(0);
    expect(inside.data.some((value) => value === 255)).toBe(true);
    const seen = await pixelsOf(host);
    const around = cropRaster(seen, { x: 0, y: 0, width: 256, height: area.y });
    const was = cropRaster(withChannels(picture, 4), { x: 0, y: 0, width: 256, height: area.y });
    expect(Buffer.compare(Buffer.from(around.data), Buffer.from(was.data))).toBe(0);
    const centre = 4 * (75 * 256 + 90);
    expect([...seen.data.subarray(centre, centre + 3)]).not.toEqual([
      ...withChannels(picture, 4).data.subarray(centre, centre + 3),
    ]);
  });

  it('keeps a soft selection as the mask of the layer', async () => {
    const mask = softEllipse(area.width, area.height);
    const host = hostOn({}, { kind: 'area', area, mask });
    await generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' } });
    const layer = host.document.layers.at(-1);
    expect(layer?.area).toEqual(area);
    expect(layer?.mask?.data).toEqual(mask.data);
  });

  it('puts the mask into the alpha where a host has no masks for pictures', async () => {
    const mask = softEllipse(area.width, area.height);
    const host = hostOn({ capabilities: { pictureMasks: false } }, { kind: 'area', area, mask });
    await generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' } });
    const layer = host.document.layers.at(-1);
    expect(layer?.mask).toBeUndefined();
    expect(layer?.picture.channels).toBe(4);
    expect(layer?.picture.data.filter((_, i) => i % 4 === 3)).toEqual(mask.data);
  });

  it('cuts people out by the matte', async () => {
    const host = hostOn();
    await generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' }, cutOut: true });
    const mask = host.document.layers.at(-1)?.mask;
    expect(mask?.data[0]).toBe(0);
    expect(Math.max(...(mask?.data ?? []))).toBe(255);
  });

  it('starts from the picture that lies there', async () => {
    const grey = plainPicture(canvas.width, canvas.height, [90, 90, 90]);
    const host = new FakeHost();
    host.open({ canvas, picture: grey });
    const engine = new StubEngine();
    await generateIntoHost(host, engine, { request: { prompt: 'x' }, from: 'picture', strength: 0.25 });
    const { image, mask, width, height } = engine.requests[0];
    expect(image?.strength).toBe(0.25);
    expect(mask).toBeUndefined();
    const bytes = Uint8Array.from(atob(image?.picture ?? ''), (character) => character.charCodeAt(0));
    expect(pngSize(bytes)).toMatchObject({ width, height });
    // Beyond the canvas, where the size was rounded up, the border goes on instead of nothing.
    expect(new Set(decode(image?.picture).data)).toEqual(new Set([90]));
  });

  it('makes a canvas where nothing is selected', async () => {
    const host = new FakeHost();
    const { placed } = await generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' } });
    expect(placed).toHaveLength(1);
    expect(host.document.canvas).toEqual({ width: 64, height: 64 });
  });

  it('places variants together', async () => {
    const host = hostOn();
    const { placed } = await generateIntoHost(host, new StubEngine(), { request: { count: 3 } });
    expect(placed).toHaveLength(3);
    expect(host.undoNames).toHaveLength(1);
  });

  it('makes a placed picture again with a moved arm, in the same place', async () => {
    const host = hostOn();
    const engine = new StubEngine();
    const { placed } = await generateIntoHost(host, engine, { request: { prompt: 'a dancer', seed: 9 } });
    host.selectPicture(placed[0]);
    const selection = await host.readSelection();
    const metadata = readPlacedMetadata(selection.placed?.metadata ?? '');
    const raised = standingPose({ x: 70, y: 20, width: 80, height: 150 });
    await generateIntoHost(host, engine, {
      ...repeatPlaced(metadata, selection.area ?? area, [raised]),
      replace: true,
    });
    expect(engine.requests[1]).toMatchObject({ prompt: 'a dancer', seed: 9 });
    expect(engine.requests[1].poses).not.toEqual(engine.requests[0].poses);
    expect(host.document.layers).toHaveLength(2);
    expect(host.undoNames).toHaveLength(2);
  });

  it('makes the very same picture again of what it keeps', async () => {
    const host = hostOn();
    const engine = new StubEngine();
    const first = await generateIntoHost(host, engine, { request: { prompt: 'a dancer', seed: 9 } });
    host.selectPicture(first.placed[0]);
    const { placed, area: now } = await host.readSelection();
    const metadata = readPlacedMetadata(placed?.metadata ?? '');
    const again = await generateIntoHost(host, engine, {
      ...repeatPlaced(metadata, now ?? area),
      replace: true,
    });
    expect(again.pictures[0].raster).toEqual(first.pictures[0].raster);
  });

  it('shows progress and takes the display away', async () => {
    const host = hostOn();
    const shares: number[] = [];
    await generateIntoHost(
      host,
      new StubEngine(),
      { request: { steps: 3 } },
      {
        title: 'Drawing',
        onProgress: () => shares.push(host.progress[0].share),
      },
    );
    expect(host.progress).toMatchObject([{ title: 'Drawing', hasEnded: true, words: 'developing' }]);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });

  it('is cancelled from the host, in the middle', async () => {
    const host = hostOn();
    const before = host.document;
    const done = generateIntoHost(
      host,
      new StubEngine({ stepMs: 2 }),
      { request: { steps: 500 } },
      {
        onProgress: (progress) => {
          if (progress.stage === 'denoise' && progress.step === 3) host.cancelProgress();
        },
      },
    );
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(host.document).toBe(before);
    expect(host.undoNames).toEqual([]);
    expect(host.progress[0].hasEnded).toBe(true);
  });

  it('leaves the document as it was, whichever call fails', async () => {
    for (const method of ['readSelection', 'readPixels', 'readMask', 'readPoses', 'place'] as const) {
      const mask = softEllipse(area.width, area.height);
      const host = hostOn({}, { kind: 'area', area, mask });
      const before = host.document;
      host.failNext(method);
      const done = generateIntoHost(host, new StubEngine(), { request: { prompt: 'x' } });
      await expect(done, method).rejects.toMatchObject({ code: 'host-failed' });
      expect(host.document, method).toBe(before);
      expect(host.undoNames, method).toEqual([]);
      expect(host.progress[0].hasEnded, method).toBe(true);
    }
    const host = hostOn();
    const before = host.document;
    const engine = new StubEngine();
    engine.failNext(new StablePoseError('device-lost', 'The device went away.'));
    await expect(generateIntoHost(host, engine, { request: {} })).rejects.toMatchObject({
      code: 'device-lost',
    });
    expect(host.document).toBe(before);
  });

  it('hands the pictures over before placing, so that none is lost', async () => {
    const host = hostOn();
    host.failNext('place');
    let pictures = 0;
    const done = generateIntoHost(
      host,
      new StubEngine(),
      { request: { count: 2 } },
      {
        onPictures: (result) => {
          pictures = result.pictures.length;
        },
      },
    );
    await expect(done).rejects.toMatchObject({ code: 'host-failed' });
    expect(pictures).toBe(2);
  });

  it('waits for a host that is busy, and gives up after a while', async () => {
    const host = hostOn();
    host.setBusy(true);
    const done = generateIntoHost(
      host,
      new StubEngine(),
      { request: {} },
      {
        onPictures: () => setTimeout(() => host.setBusy(false), 400),
      },
    );
    expect((await done).placed).toHaveLength(1);
    host.setBusy(true);
    const failed = generateIntoHost(host, new StubEngine(), { request: {} }, { busyTimeoutMs: 0 });
    await expect(failed).rejects.toMatchObject({ code: 'host-busy' });
  });

  it('says that the document was closed meanwhile', async () => {
    const host = hostOn();
    const done = generateIntoHost(
      host,
      new StubEngine(),
      { request: {} },
      {
        onPictures: () => host.closeDocument(),
      },
    );
    await expect(done).rejects.toMatchObject({ code: 'host-target-gone' });
  });

  it('places into the document that it began with, whatever is selected by then', async () => {
    const host = hostOn();
    const { target } = await host.readSelection();
    await generateIntoHost(
      host,
      new StubEngine(),
      { request: {} },
      {
        onPictures: () => host.open({ canvas: { width: 10, height: 10 } }),
      },
    );
    expect(host.document.layers).toEqual([]);
    host.closeDocument();
    expect((await host.readSelection()).target).toBe(target);
    expect(host.document.layers).toHaveLength(2);
  });

  it('refuses before the work what could not be placed after it', async () => {
    const engine = new StubEngine({ canMatte: false });
    const refused = async (host: FakeHost, more: object, code: string) => {
      await expect(generateIntoHost(host, engine, { request: {}, ...more })).rejects.toMatchObject({ code });
    };
    await refused(hostOn({ limits: { placeSide: 100 } }), {}, 'limit-exceeded');
    await refused(hostOn({ limits: { placeCount: 2 } }), { request: { count: 3 } }, 'limit-exceeded');
    await refused(hostOn(), { cutOut: true }, 'not-supported');
    await refused(hostOn(), { replace: true }, 'not-supported');
    await refused(hostOn(), { request: { model: 'another' } }, 'model-not-found');
    await refused(new FakeHost({ capabilities: { newCanvas: false } }), {}, 'not-supported');
    expect(engine.requests).toEqual([]);
  });

  it('keeps within the side that a scaling host takes', async () => {
    const host = new FakeHost({ capabilities: { scalesPictures: true }, limits: { placeSide: 100 } });
    host.open({ canvas: { width: 640, height: 480 } });
    await generateIntoHost(host, new StubEngine(), { request: {} });
    const layer = host.document.layers.at(-1);
    expect(layer?.area).toEqual({ x: 0, y: 0, width: 640, height: 480 });
    expect(layer?.picture).toMatchObject({ width: 100, height: 75 });
  });

  it('keeps the fineness of a picture that is finer than the canvas, where the host scales', async () => {
    const host = new FakeHost({ capabilities: { scalesPictures: true } });
    host.open({ canvas: { width: 64, height: 64 } });
    await generateIntoHost(host, new StubEngine(), { request: { detail: { scale: 2 } } });
    expect(host.document.layers.at(-1)?.picture).toMatchObject({ width: 128, height: 128 });
  });

  it('keeps hidden skeletons beside the picture when asked to', async () => {
    const host = hostOn();
    await generateIntoHost(host, new StubEngine(), { request: {}, keepPoses: 'hidden' });
    expect(host.document.skeletons).toEqual([{ pose: person, isVisible: false }]);
    expect(host.undoNames).toHaveLength(1);
  });
});
