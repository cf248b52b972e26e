import { cropRaster, type Pose, type Raster, raster, resizeRaster, withChannels } from '@stable-pose/core';
import type { HostTarget, PictureToPlace } from '../host-adapter.ts';
import { hostColours } from '../host-adapter.ts';
import type { HostStore } from '../host-storage.ts';
import type { ConformanceCheck } from './conformance.ts';
import { expect, expectEqual, expectRejection, expectSamePicture } from './expect.ts';
import type { HostBench, HostScene, SceneSelection } from './host-bench.ts';
import { markedPicture, plainPicture, softEllipse, standingPose } from './test-scenes.ts';

type HostCheck = ConformanceCheck<HostBench>;

/** Sides that are no round numbers: an adapter that pads rows or counts in tiles shows it. */
const canvas = { width: 150, height: 110 };
const whole = { x: 0, y: 0, ...canvas };
const part = { x: 30, y: 20, width: 61, height: 47 };
const scene: HostScene = { canvas, picture: markedPicture(canvas.width, canvas.height) };
const orange = [240, 120, 20] as const;
const people: readonly Pose[] = [
  standingPose({ x: 10, y: 8, width: 50, height: 95 }),
  standingPose({ x: 80, y: 12, width: 44, height: 90 }, [3, 4, 16]),
];

/**
 * What every adapter must do. Rules are numbered; a number is never given twice.
 * The checks draw on small documents (150 x 110) through a {@link HostBench}.
 */
export const hostChecks: readonly HostCheck[] = [
  {
    rule: 'H1',
    title: 'says what it is, in plain JSON, with limits above zero',
    run: async ({ host: { info } }) => {
      expectEqual(JSON.parse(JSON.stringify(info)), info, 'info');
      expect(info.name.length > 0, 'info.name is empty.');
      for (const [name, value] of Object.entries(info.limits)) {
        expect(
          value === undefined || (Number.isInteger(value) && value > 0),
          `limits.${name} is a whole number above 0 or absent, got ${value}.`,
        );
      }
    },
  },
  {
    rule: 'H2',
    title: 'finds a document without a selection as a whole canvas',
    run: async (bench) => {
      await bench.open(scene);
      const selection = await bench.host.readSelection();
      expectEqual(selection.kind, 'canvas', 'kind');
      expectEqual(selection.canvas, canvas, 'canvas');
      expectEqual(selection.area, whole, 'area');
      expectEqual(selection.hasMask, false, 'hasMask');
      expectEqual(selection.people, 0, 'people');
      expect(selection.target.length > 0, 'target is empty.');
      const again = await bench.host.readSelection(selection.target);
      expectEqual(again.area, whole, 'area by target');
    },
  },
  {
    rule: 'H3',
    title: 'gives the bounds of a selection',
    skip: canSelectAreas,
    run: async (bench) => {
      await bench.open({ ...scene, selection: { kind: 'area', area: part } });
      const selection = await bench.host.readSelection();
      expectEqual(selection.kind, 'area', 'kind');
      expectEqual(selection.area, part, 'area');
      expectEqual(selection.canvas, canvas, 'canvas');
    },
  },
  {
    rule: 'H4',
    title: 'clips the bounds of a selection by the canvas',
    skip: canSelectAreas,
    run: async (bench) => {
      await bench.open({
        ...scene,
        selection: { kind: 'area', area: { x: 120, y: 90, width: 60, height: 60 } },
      });
      const { area } = await bench.host.readSelection();
      expectEqual(area, { x: 120, y: 90, width: 30, height: 20 }, 'area');
    },
  },
  {
    rule: 'H5',
    title: 'reads pixels where they are, in sRGB',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const seen = await bench.host.readPixels(target, { area: part });
      same(bench, seen, cropRaster(opaque(scene.picture), part), 'pixels of a part');
      const all = await bench.host.readPixels(target, { area: whole });
      same(bench, all, opaque(scene.picture), 'pixels of the canvas');
    },
  },
  {
    rule: 'H6',
    title: 'reads pixels in another size',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const size = { width: 64, height: 48 };
      const seen = await bench.host.readPixels(target, { area: part, size });
      expectEqual([seen.width, seen.height, seen.channels], [64, 48, 4], 'size');
      const wanted = resizeRaster(cropRaster(opaque(scene.picture), part), size.width, size.height, 'area');
      // Filters differ between hosts; a wrong place or a wrong row length is far beyond this.
      const difference = meanDifference(seen, wanted);
      expect(difference < 12, `A scaled part differs by ${difference.toFixed(1)} in the mean, 12 at most.`);
    },
  },
  {
    rule: 'H7',
    title: 'is transparent beyond the canvas, and where nothing is',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const area = { x: -20, y: 60, width: 40, height: 80 };
      same(
        bench,
        await bench.host.readPixels(target, { area }),
        cropRaster(opaque(scene.picture), area),
        'pixels across the border',
      );
      const empty = await openAt(bench, { canvas });
      const nothing = await bench.host.readPixels(empty, { area: part });
      const alphas = nothing.data.filter((_, i) => i % 4 === 3);
      expect(
        alphas.every((alpha) => alpha === 0 || alpha === 255),
        'An empty canvas is transparent, or a plain ground.',
      );
    },
  },
  {
    rule: 'H8',
    title: 'changes nothing by reading',
    run: async (bench) => {
      await bench.open({ ...scene, poses: people, selection: someSelection(bench) });
      const { host } = bench;
      const before = await host.readSelection();
      await host.readPixels(before.target, { area: { x: 3, y: 4, width: 20, height: 20 } });
      await host.readMask(before.target, { area: part });
      await host.readPoses(before.target);
      expectEqual(await host.readSelection(), before, 'selection after reading');
      if (bench.undoSteps) expectEqual(await bench.undoSteps(), 0, 'undo steps after reading');
    },
  },
  {
    rule: 'H9',
    title: 'gives a copy of pixels',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const seen = await bench.host.readPixels(target, { area: part });
      seen.data.fill(1);
      const again = await bench.host.readPixels(target, { area: part });
      same(bench, again, cropRaster(opaque(scene.picture), part), 'pixels after a copy was changed');
    },
  },
  {
    rule: 'H10',
    title: 'has no mask without a selection',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const mask = await bench.host.readMask(target, { area: whole });
      expect(mask === undefined, 'Without a selection there is no mask.');
    },
  },
  {
    rule: 'H11',
    title: 'reads a soft selection, 0 outside it',
    skip: (bench) => (bench.host.info.capabilities.masks ? canSelectAreas(bench) : 'The host has no masks.'),
    run: async (bench) => {
      const mask = softEllipse(part.width, part.height);
      const target = await openAt(bench, { ...scene, selection: { kind: 'area', area: part, mask } });
      const { hasMask } = await bench.host.readSelection();
      expectEqual(hasMask, true, 'hasMask');
      same(bench, await read(bench, target, part), mask, 'the mask on its area');
      const area = { x: 10, y: 5, width: 100, height: 90 };
      const wider = cropRaster(mask, { ...area, x: area.x - part.x, y: area.y - part.y });
      same(bench, await read(bench, target, area), wider, 'the mask on a wider area');
      const scaled = await bench.host.readMask(target, { area: part, size: { width: 32, height: 32 } });
      expectEqual([scaled?.width, scaled?.height, scaled?.channels], [32, 32, 1], 'size of a scaled mask');
    },
  },
  {
    rule: 'H12',
    title: 'places a picture exactly on its area, and nothing elsewhere',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const picture = markedPicture(part.width, part.height);
      const ids = await bench.host.place({
        target,
        undoName: 'Place',
        pictures: [{ picture, area: part, name: 'Marked' }],
      });
      expectEqual(ids.length, 1, 'ids');
      expect(typeof ids[0] === 'string' && ids[0].length > 0, 'An id is a text.');
      same(bench, await pixels(bench, target, part), opaque(picture), 'the placed part');
      const beside = { x: 0, y: 0, width: canvas.width, height: part.y };
      same(
        bench,
        await pixels(bench, target, beside),
        cropRaster(opaque(scene.picture), beside),
        'beside it',
      );
    },
  },
  {
    rule: 'H13',
    title: 'places a picture that reaches over the border',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const area = { x: 130, y: 95, width: 40, height: 30 };
      const picture = markedPicture(area.width, area.height);
      await bench.host.place({ target, undoName: 'Place', pictures: [{ picture, area, name: 'Over' }] });
      const inside = { x: 130, y: 95, width: 20, height: 15 };
      const wanted = cropRaster(opaque(picture), { x: 0, y: 0, width: 20, height: 15 });
      same(bench, await pixels(bench, target, inside), wanted, 'the part inside');
    },
  },
  {
    rule: 'H14',
    title: 'makes a placement one undo step, however many pictures it has',
    skip: ({ undo }) => (undo ? undefined : 'Nobody can press undo here.'),
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const pictures = [1, 2, 3].map((n) => plain(part, [40 * n, 0, 0]));
      const ids = await bench.host.place({
        target,
        undoName: 'Place three',
        pictures: bench.host.info.limits.placeCount === 1 ? pictures.slice(0, 1) : pictures,
      });
      expectEqual(new Set(ids).size, ids.length, 'different ids');
      if (bench.undoSteps) expectEqual(await bench.undoSteps(), 1, 'undo steps');
      await bench.undo?.();
      same(bench, await pixels(bench, target, whole), opaque(scene.picture), 'the canvas after one undo');
    },
  },
  {
    rule: 'H15',
    title: 'hides what a mask hides, and mixes where it is soft',
    skip: ({ host }) => (host.info.capabilities.pictureMasks ? undefined : 'The host masks no pictures.'),
    run: async (bench) => {
      const grey = plainPicture(canvas.width, canvas.height, [100, 100, 100]);
      const target = await openAt(bench, { canvas, picture: grey });
      const mask = softEllipse(part.width, part.height);
      await bench.host.place({
        target,
        undoName: 'Place',
        pictures: [{ ...plain(part, [200, 0, 100]), mask }],
      });
      const seen = await pixels(bench, target, part);
      const tolerance = (bench.colourTolerance ?? 0) + 1;
      for (const [x, y] of [
        [0, 0],
        [30, 23],
        [4, 23],
        [30, 3],
      ]) {
        const share = mask.data[y * mask.width + x] / 255;
        const red = seen.data[4 * (y * mask.width + x)];
        const wanted = 100 + 100 * share;
        expect(
          Math.abs(red - wanted) <= tolerance,
          `Red at (${x}, ${y}) under a mask of ${share.toFixed(2)}: expected ${wanted.toFixed(0)}, got ${red}.`,
        );
      }
    },
  },
  {
    rule: 'H16',
    title: 'keeps the alpha of a picture',
    run: async (bench) => {
      const grey = plainPicture(canvas.width, canvas.height, [100, 100, 100]);
      const target = await openAt(bench, { canvas, picture: grey });
      const picture = plainPicture(part.width, part.height, [255, 0, 0, 0]);
      await bench.host.place({
        target,
        undoName: 'Place',
        pictures: [{ picture, area: part, name: 'Clear' }],
      });
      same(
        bench,
        await pixels(bench, target, part),
        cropRaster(opaque(grey), part),
        'under a transparent picture',
      );
    },
  },
  {
    rule: 'H17',
    title: 'leaves the selection as it was when it places',
    run: async (bench) => {
      await bench.open({ ...scene, selection: someSelection(bench) });
      const before = await bench.host.readSelection();
      await bench.host.place({
        target: before.target,
        undoName: 'Place',
        pictures: [plain(part, orange)],
      });
      expectEqual(await bench.host.readSelection(), before, 'selection');
    },
  },
  {
    rule: 'H18',
    title: 'gives metadata back to whoever selects the picture',
    skip: ({ host, selectPlaced }) => {
      if (!host.info.capabilities.metadata) return 'The host keeps no metadata.';
      return selectPlaced ? undefined : 'Nobody can click here.';
    },
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const metadata = JSON.stringify({ text: 'ä \u{1f600} "quoted" \\ \n', list: [1, 2, 3] });
      const [id] = await bench.host.place({
        target,
        undoName: 'Place',
        pictures: [{ ...plain(part, orange), metadata }],
      });
      await bench.selectPlaced?.(id);
      const selection = await bench.host.readSelection();
      expectEqual(selection.kind, 'picture', 'kind');
      expectEqual(selection.area, part, 'area');
      expectEqual(selection.placed, { id, metadata }, 'placed');
    },
  },
  {
    rule: 'H19',
    title: 'keeps metadata up to its limit and refuses more, whole',
    skip: ({ host }) => {
      if (!host.info.capabilities.metadata) return 'The host keeps no metadata.';
      return host.info.limits.metadataBytes === undefined ? 'The host states no limit.' : undefined;
    },
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const limit = bench.host.info.limits.metadataBytes ?? 0;
      const put = (bytes: number) =>
        bench.host.place({
          target,
          undoName: 'Place',
          // Two bytes a letter in UTF-8: whoever counts letters shows it.
          pictures: [
            { ...plain(part, orange), metadata: 'é'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2) },
          ],
        });
      await expectRejection(() => put(limit + 1), 'limit-exceeded', 'metadata above the limit');
      same(bench, await pixels(bench, target, whole), opaque(scene.picture), 'the canvas after a refusal');
      await put(limit);
    },
  },
  {
    rule: 'H20',
    title: 'refuses a picture above its limit and leaves the document as it was',
    skip: ({ host: { info } }) => {
      if (info.limits.placeSide === undefined) return 'The host states no limit.';
      return info.limits.placeSide > 20_000 ? 'The limit is too high to try.' : undefined;
    },
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const side = (bench.host.info.limits.placeSide ?? 0) + 1;
      const area = { x: 0, y: 0, width: side, height: 1 };
      await expectRejection(
        () => bench.host.place({ target, undoName: 'Place', pictures: [plain(area, orange)] }),
        'limit-exceeded',
        'a picture above the limit',
      );
      await unchanged(bench, target);
    },
  },
  {
    rule: 'H21',
    title: 'takes pictures of another size than their area only where it says so',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const picture = plainPicture(part.width * 2, part.height * 2, orange);
      const put = () =>
        bench.host.place({ target, undoName: 'Place', pictures: [{ picture, area: part, name: 'Big' }] });
      if (bench.host.info.capabilities.scalesPictures) {
        await put();
        const wanted = opaque(plainPicture(part.width, part.height, orange));
        same(bench, await pixels(bench, target, part), wanted, 'the scaled picture');
      } else {
        await expectRejection(put, ['invalid-image', 'invalid-input'], 'a picture of the wrong size');
        await unchanged(bench, target);
      }
    },
  },
  {
    rule: 'H22',
    title: 'refills a picture where it is, in one undo step',
    skip: ({ host }) =>
      host.info.capabilities.replacePictures ? undefined : 'The host refills no pictures.',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const { host } = bench;
      const [id] = await host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] });
      const again = await host.place({
        target,
        undoName: 'Refill',
        pictures: [{ ...plain(part, [10, 200, 30]), replace: id }],
      });
      expectEqual(again, [id], 'id of the refilled picture');
      const wanted = opaque(plainPicture(part.width, part.height, [10, 200, 30]));
      same(bench, await pixels(bench, target, part), wanted, 'the refilled picture');
      if (!bench.undo) return;
      await bench.undo();
      const before = opaque(plainPicture(part.width, part.height, orange));
      same(bench, await pixels(bench, target, part), before, 'the picture after undo');
    },
  },
  {
    rule: 'H23',
    title: 'does nothing for a signal that is aborted already',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const { signal } = aborted();
      const { host } = bench;
      await expectRejection(
        () => host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] }, { signal }),
        'cancelled',
        'placing',
      );
      await expectRejection(() => host.readPixels(target, { area: part, signal }), 'cancelled', 'reading');
      await unchanged(bench, target);
    },
  },
  {
    rule: 'H24',
    title: 'leaves the document as it was when placing fails in the middle',
    skip: ({ breakNextPlacing }) => (breakNextPlacing ? undefined : 'Nobody can make placing fail here.'),
    run: async (bench) => {
      const target = await openAt(bench, scene);
      await bench.breakNextPlacing?.();
      let hasFailed = false;
      try {
        await bench.host.place({
          target,
          undoName: 'Place',
          pictures: [plain(part, orange), plain(part, [0, 0, 0])].slice(
            0,
            bench.host.info.limits.placeCount ?? 2,
          ),
        });
      } catch {
        hasFailed = true;
      }
      expect(hasFailed, 'Placing was made to fail, and did not.');
      await unchanged(bench, target);
      await bench.host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] });
    },
  },
  {
    rule: 'H25',
    title: 'says so when the document is gone',
    skip: ({ closeDocument }) => (closeDocument ? undefined : 'Nobody can close a document here.'),
    run: async (bench) => {
      const target = await openAt(bench, scene);
      await bench.closeDocument?.();
      const { host } = bench;
      await expectRejection(() => host.readSelection(target), 'host-target-gone', 'readSelection');
      await expectRejection(() => host.readPixels(target, { area: part }), 'host-target-gone', 'readPixels');
      await expectRejection(
        () => host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] }),
        'host-target-gone',
        'place',
      );
    },
  },
  {
    rule: 'H26',
    title: 'places on its target though people select something else',
    skip: ({ selectElsewhere }) => (selectElsewhere ? undefined : 'Nobody can select here.'),
    run: async (bench) => {
      const target = await openAt(bench, scene);
      await bench.selectElsewhere?.();
      await bench.host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] });
      const wanted = opaque(plainPicture(part.width, part.height, orange));
      same(bench, await pixels(bench, target, part), wanted, 'the placed picture');
    },
  },
  {
    rule: 'H27',
    title: 'says that it is busy, and takes the picture afterwards',
    skip: ({ makeBusy }) => (makeBusy ? undefined : 'Nobody can make the host busy here.'),
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const release = await bench.makeBusy?.();
      const put = () => bench.host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] });
      await expectRejection(put, 'host-busy', 'placing meanwhile');
      await release?.();
      await unchanged(bench, target);
      await put();
    },
  },
  {
    rule: 'H28',
    title: 'reads the skeletons that are there, from back to front',
    skip: canReadPoses,
    run: async (bench) => {
      const target = await openAt(bench, { ...scene, poses: people });
      expectEqual((await bench.host.readSelection()).people, people.length, 'people');
      expectPoses(bench, (await bench.host.readPoses(target)).poses, people);
    },
  },
  {
    rule: 'H29',
    title: 'places skeletons in place of the old ones, in one undo step, and reads them back',
    skip: canPlacePoses,
    run: async (bench) => {
      const target = await openAt(bench, { ...scene, poses: people.slice(0, 1) });
      const { host } = bench;
      await host.placePoses(target, people);
      expectPoses(bench, (await host.readPoses(target)).poses, people);
      if (bench.undo) {
        await bench.undo();
        expectPoses(bench, (await host.readPoses(target)).poses, people.slice(0, 1));
      }
      await host.placePoses(target, []);
      expectPoses(bench, (await host.readPoses(target)).poses, []);
    },
  },
  {
    rule: 'H30',
    title: 'reads hidden skeletons too',
    skip: canPlacePoses,
    run: async (bench) => {
      const target = await openAt(bench, scene);
      await bench.host.placePoses(target, people, { isVisible: false });
      expectPoses(bench, (await bench.host.readPoses(target)).poses, people);
    },
  },
  {
    rule: 'H31',
    title: 'leaves skeletons out of the pixels',
    skip: canPlacePoses,
    run: async (bench) => {
      const target = await openAt(bench, scene);
      await bench.host.placePoses(target, people);
      await unchanged(bench, target);
    },
  },
  {
    rule: 'H32',
    title: 'keeps skeletons beside a picture within its undo step',
    skip: canPlacePoses,
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const { host } = bench;
      await host.place({
        target,
        undoName: 'Place',
        pictures: [plain(part, orange)],
        poses: { poses: people, isVisible: false },
      });
      expectPoses(bench, (await host.readPoses(target)).poses, people);
      if (!bench.undo) return;
      await bench.undo();
      expectPoses(bench, (await host.readPoses(target)).poses, []);
      await unchanged(bench, target);
    },
  },
  {
    rule: 'H33',
    title: 'refuses what its capabilities rule out',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const { host } = bench;
      const { capabilities } = host.info;
      const put = (more: Partial<PictureToPlace>) => () =>
        host.place({ target, undoName: 'Place', pictures: [{ ...plain(part, orange), ...more }] });
      const refused: (readonly [boolean, string, () => Promise<unknown>])[] = [
        [capabilities.pictureMasks, 'a mask', put({ mask: softEllipse(part.width, part.height) })],
        [capabilities.metadata, 'metadata', put({ metadata: 'x' })],
        [capabilities.replacePictures, 'refilling', put({ replace: 'x' })],
        [capabilities.poses === 'place', 'skeletons', () => host.placePoses(target, people)],
        [
          capabilities.files === 'host',
          'saving',
          () => host.saveFile({ name: 'x', bytes: new Uint8Array(1) }),
        ],
        [capabilities.files === 'host', 'picking', () => host.pickFile(['.json'])],
        [capabilities.links, 'a link', () => host.openLink('https://example.org')],
      ];
      for (const [isThere, what, work] of refused) {
        if (!isThere) await expectRejection(work, 'not-supported', what);
      }
      await unchanged(bench, target);
    },
  },
  {
    rule: 'H34',
    title: 'makes a canvas when nothing is selected, or says that it cannot',
    skip: (bench) => unselectable(bench, 'nothing', 'Something is always selected here.'),
    run: async (bench) => {
      await bench.open({ canvas, selection: { kind: 'nothing' } });
      const { host } = bench;
      const selection = await host.readSelection();
      if (selection.kind !== 'nothing') return;
      expect(selection.area === undefined, 'Where nothing is selected there is no area.');
      if (!host.info.capabilities.newCanvas) {
        expect(Boolean(selection.obstacle), 'A host that makes no canvas says so in obstacle.');
        return;
      }
      const area = { x: 0, y: 0, width: 64, height: 48 };
      const ids = await host.place({
        target: selection.target,
        undoName: 'Place',
        pictures: [plain(area, orange)],
      });
      expectEqual(ids.length, 1, 'ids');
    },
  },
  {
    rule: 'H35',
    title: 'keeps settings, byte for byte',
    run: ({ host }) => checkStore(host.storage.settings),
  },
  {
    rule: 'H36',
    title: 'keeps blobs, byte for byte',
    run: ({ host }) => checkStore(host.storage.blobs),
  },
  {
    rule: 'H37',
    title: 'refuses values above the limits of its stores, and keeps what was there',
    run: async ({ host }) => {
      for (const store of [host.storage.settings, host.storage.blobs]) {
        if (store.valueBytes === undefined || store.valueBytes > 2 ** 26) continue;
        const name = 'conformance/large';
        try {
          await store.write(name, Uint8Array.of(7));
          await expectRejection(
            () => store.write(name, new Uint8Array((store.valueBytes ?? 0) + 1)),
            ['limit-exceeded', 'storage-full'],
            'a value above the limit',
          );
          expectEqual([...((await store.read(name)) ?? [])], [7], 'the value that was there');
        } finally {
          await store.delete(name);
        }
      }
    },
  },
  {
    rule: 'H38',
    title: 'keeps settings and blobs apart',
    run: async ({ host: { storage } }) => {
      const name = 'conformance/apart';
      try {
        await storage.settings.write(name, Uint8Array.of(1));
        expectEqual(await storage.blobs.read(name), undefined, 'the blob of that name');
      } finally {
        await storage.settings.delete(name);
      }
    },
  },
  {
    rule: 'H39',
    title: 'never throws for a notification',
    run: async ({ host }) => {
      host.notify('');
      host.notify('Conformance', 'warning');
      host.notify('long '.repeat(1000), 'error');
    },
  },
  {
    rule: 'H40',
    title: 'never throws for progress, in whatever order',
    run: async ({ host }) => {
      const progress = host.startProgress('Conformance');
      for (const share of [0, 0.5, 2, -1, Number.NaN, 0.25]) progress.update(share, 'working');
      const second = host.startProgress('Another');
      second.update(0.5, '');
      progress.end();
      progress.end();
      progress.update(1, 'late');
      second.end();
    },
  },
  {
    rule: 'H41',
    title: 'passes on a cancel, once',
    skip: ({ cancelProgress }) => (cancelProgress ? undefined : 'Nobody can press cancel here.'),
    run: async (bench) => {
      let calls = 0;
      const progress = bench.host.startProgress('Conformance', { onCancel: () => calls++ });
      progress.update(0.1, 'working');
      await bench.cancelProgress?.();
      await bench.cancelProgress?.();
      await soon();
      progress.end();
      expectEqual(calls, 1, 'calls of onCancel');
    },
  },
  {
    rule: 'H42',
    title: 'tells its theme',
    run: async ({ host }) => {
      const { appearance, colours } = await host.theme();
      expect(
        appearance === 'light' || appearance === 'dark',
        `appearance is light or dark, got ${appearance}.`,
      );
      for (const [name, value] of Object.entries(colours)) {
        expect((hostColours as readonly string[]).includes(name), `There is no colour "${name}".`);
        expect(typeof value === 'string' && value.length > 0, `The colour ${name} is a CSS colour.`);
      }
    },
  },
  {
    rule: 'H43',
    title: 'tells when the theme changes, until it is told to stop',
    skip: ({ switchTheme }) => (switchTheme ? undefined : 'Nobody can switch the theme here.'),
    run: async (bench) => {
      let calls = 0;
      const stop = bench.host.watch('theme', () => calls++);
      expectEqual(calls, 0, 'calls before anything happened');
      await bench.switchTheme?.();
      await soon();
      expect(calls > 0, 'The listener was not called.');
      stop();
      stop();
      const before = calls;
      await bench.switchTheme?.();
      await soon();
      expectEqual(calls, before, 'calls after stopping');
    },
  },
  {
    rule: 'H44',
    title: 'tells when the selection changes',
    skip: ({ selectElsewhere }) => (selectElsewhere ? undefined : 'Nobody can select here.'),
    run: async (bench) => {
      await bench.open(scene);
      await soon();
      let calls = 0;
      const stop = bench.host.watch('selection', () => calls++);
      await bench.selectElsewhere?.();
      await soon();
      stop();
      expect(calls > 0, 'The listener was not called.');
    },
  },
  {
    rule: 'H45',
    title: 'takes calls at the same time',
    run: async (bench) => {
      const target = await openAt(bench, scene);
      const { host } = bench;
      const [seen, , ids, again] = await Promise.all([
        host.readPixels(target, { area: { x: 0, y: 0, width: 20, height: 10 } }),
        host.readSelection(),
        host.place({ target, undoName: 'Place', pictures: [plain(part, orange)] }),
        host.readPixels(target, { area: { x: 0, y: 0, width: 20, height: 10 } }),
        host.theme(),
      ]);
      expectEqual(ids.length, 1, 'ids');
      same(bench, again, seen, 'two readings of one part');
    },
  },
];

function unselectable(
  { cannotSelect = [] }: HostBench,
  kind: SceneSelection['kind'],
  reason: string,
): string | undefined {
  return cannotSelect.includes(kind) ? reason : undefined;
}

function canSelectAreas(bench: HostBench): string | undefined {
  return unselectable(bench, 'area', 'No part of a canvas can be selected here.');
}

function someSelection(bench: HostBench): SceneSelection {
  return canSelectAreas(bench) === undefined ? { kind: 'area', area: part } : { kind: 'canvas' };
}

function canReadPoses({ host }: HostBench): string | undefined {
  return host.info.capabilities.poses === 'none' ? 'The host has no skeletons.' : undefined;
}

function canPlacePoses({ host }: HostBench): string | undefined {
  return host.info.capabilities.poses === 'place' ? undefined : 'The host places no skeletons.';
}

async function openAt(bench: HostBench, given: HostScene): Promise<HostTarget> {
  await bench.open(given);
  return (await bench.host.readSelection()).target;
}

function opaque(picture: Raster | undefined): Raster {
  return withChannels(picture ?? raster(canvas.width, canvas.height, 4), 4);
}

function plain(
  area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  colour: readonly number[],
): PictureToPlace {
  return { picture: plainPicture(area.width, area.height, colour), area, name: 'Plain' };
}

const pixels = (bench: HostBench, target: HostTarget, area: typeof part): Promise<Raster> =>
  bench.host.readPixels(target, { area });

async function read(bench: HostBench, target: HostTarget, area: typeof part): Promise<Raster> {
  const mask = await bench.host.readMask(target, { area });
  expect(mask !== undefined, 'A soft selection has a mask.');
  return mask;
}

function same(bench: HostBench, actual: Raster, expected: Raster, what: string): void {
  expectSamePicture(actual, expected, bench.colourTolerance ?? 0, what);
}

/** Looks as the scene did, and there is nothing to undo. */
async function unchanged(bench: HostBench, target: HostTarget): Promise<void> {
  same(bench, await pixels(bench, target, whole), opaque(scene.picture), 'the canvas');
}

function meanDifference(a: Raster, b: Raster): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i] - b.data[i]);
  return sum / a.data.length;
}

function expectPoses(bench: HostBench, actual: readonly Pose[], expected: readonly Pose[]): void {
  const tolerance = bench.poseTolerance ?? 0.01;
  expectEqual(actual.length, expected.length, 'people');
  for (const [i, { keypoints }] of expected.entries()) {
    for (const [k, [x, y, confidence]] of keypoints.entries()) {
      const [gotX, gotY, gotConfidence] = actual[i].keypoints[k];
      expect(
        confidence > 0 === gotConfidence > 0,
        `Keypoint ${k} of person ${i} is ${confidence > 0 ? 'there' : 'absent'}, and came back otherwise.`,
      );
      const distance = confidence > 0 ? Math.hypot(gotX - x, gotY - y) : 0;
      expect(
        distance <= tolerance,
        `Keypoint ${k} of person ${i}: expected ${x}, ${y}, got ${gotX}, ${gotY}.`,
      );
    }
  }
}

async function checkStore(store: HostStore): Promise<void> {
  const name = 'conformance/store.a-B_1';
  const other = 'conformance/other';
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  try {
    expectEqual(await store.read(name), undefined, 'a name that is not there');
    await store.delete(name);
    await store.write(name, bytes);
    const back = await store.read(name);
    expect(back instanceof Uint8Array, 'A value comes back as bytes.');
    expectEqual([...back], [...bytes], 'the value');
    back.fill(0);
    expectEqual([...((await store.read(name)) ?? [])], [...bytes], 'the value after a copy was changed');
    await store.write(name, Uint8Array.of(1, 2));
    expectEqual([...((await store.read(name)) ?? [])], [1, 2], 'an overwritten value');
    await store.write(other, new Uint8Array());
    expectEqual((await store.read(other))?.length, 0, 'length of an empty value');
    expectEqual(await store.names('conformance/'), [other, name].sort(), 'names');
    await store.delete(name);
    expectEqual(await store.read(name), undefined, 'a deleted value');
    await expectRejection(() => store.write('', bytes), 'invalid-input', 'an empty name');
    await expectRejection(() => store.write('no spaces', bytes), 'invalid-input', 'a name with a space');
  } finally {
    await store.delete(name);
    await store.delete(other);
  }
}

function aborted(): AbortController {
  const controller = new AbortController();
  controller.abort();
  return controller;
}

/** Long enough for a host's events to arrive. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
