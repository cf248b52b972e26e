import { cropRaster, type Raster, raster, StablePoseError } from '@stable-pose/core';
import type { GenerationEngine, HostAdapter, Placement } from '@stable-pose/sdk';
import {
  type EngineBench,
  engineChecks,
  type FakeHost,
  fakeHostBench,
  type HostBench,
  hostChecks,
  runConformance,
  StubEngine,
} from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';

/** An adapter with some methods in place of the right ones. */
type HostFault = (host: FakeHost) => Partial<HostAdapter>;

const shifted = (picture: Raster) => cropRaster(picture, { ...picture, x: 1, y: 0 });

const withPictures = (host: FakeHost, change: (placement: Placement) => Placement): Partial<HostAdapter> => ({
  place: (placement, options) => host.place(change(placement), options),
});

/** By the rule that must find it. */
const hostFaults: readonly (readonly [rule: string, fault: string, HostFault])[] = [
  [
    'H1',
    'a limit that JSON turns into null',
    (host) => ({ info: { ...host.info, limits: { placeSide: Infinity } } }),
  ],
  [
    'H3',
    'no selection seen',
    (host) => ({
      readSelection: async (target) => ({ ...(await host.readSelection(target)), kind: 'canvas' as const }),
    }),
  ],
  [
    'H4',
    'bounds that leave the canvas',
    (host) => ({
      readSelection: async (target) => {
        const selection = await host.readSelection(target);
        return { ...selection, area: { x: 120, y: 90, width: 60, height: 60 } };
      },
    }),
  ],
  [
    'H5',
    'pixels beside their place',
    (host) => ({ readPixels: async (...given) => shifted(await host.readPixels(...given)) }),
  ],
  [
    'H5',
    'red and blue exchanged',
    (host) => ({
      readPixels: async (...given) => {
        const seen = await host.readPixels(...given);
        for (let i = 0; i < seen.data.length; i += 4) {
          [seen.data[i], seen.data[i + 2]] = [seen.data[i + 2], seen.data[i]];
        }
        return seen;
      },
    }),
  ],
  [
    'H6',
    'the size ignored',
    (host) => ({
      readPixels: (target, reading) => host.readPixels(target, { ...reading, size: undefined }),
    }),
  ],
  [
    'H7',
    'trimmed to the canvas',
    (host) => ({
      readPixels: async (target, reading) => {
        const x = Math.max(0, reading.area.x);
        const width = reading.area.width - (x - reading.area.x);
        return host.readPixels(target, { ...reading, area: { ...reading.area, x, width } });
      },
    }),
  ],
  [
    'H9',
    'one buffer handed out again and again',
    (host) => {
      let kept: Promise<Raster> | undefined;
      return {
        readPixels: (...given) => {
          kept ??= host.readPixels(...given);
          return kept;
        },
      };
    },
  ],
  [
    'H10',
    'a mask of everything',
    () => ({ readMask: async (_, { area }) => raster(area.width, area.height, 1) }),
  ],
  [
    'H11',
    'a hard mask',
    (host) => ({
      readMask: async (...given) => {
        const mask = await host.readMask(...given);
        return mask && { ...mask, data: mask.data.map((value) => (value > 127 ? 255 : 0)) };
      },
    }),
  ],
  [
    'H11',
    'an inverted mask',
    (host) => ({
      readMask: async (...given) => {
        const mask = await host.readMask(...given);
        return mask && { ...mask, data: mask.data.map((value) => 255 - value) };
      },
    }),
  ],
  [
    'H12',
    'always at the corner',
    (host) =>
      withPictures(host, (placement) => ({
        ...placement,
        pictures: placement.pictures.map((one) => ({ ...one, area: { ...one.area, x: 0, y: 0 } })),
      })),
  ],
  [
    'H14',
    'an undo step for each picture',
    (host) => ({
      place: async (placement, options) => {
        const ids: string[] = [];
        for (const one of placement.pictures) {
          ids.push(...(await host.place({ ...placement, pictures: [one] }, options)));
        }
        return ids;
      },
    }),
  ],
  [
    'H15',
    'the mask forgotten',
    (host) =>
      withPictures(host, (placement) => ({
        ...placement,
        pictures: placement.pictures.map((one) => ({ ...one, mask: undefined })),
      })),
  ],
  [
    'H18',
    'metadata forgotten',
    (host) =>
      withPictures(host, (placement) => ({
        ...placement,
        pictures: placement.pictures.map((one) => ({ ...one, metadata: undefined })),
      })),
  ],
  [
    'H19',
    'letters counted in place of bytes',
    (host) =>
      withPictures(host, (placement) => ({
        ...placement,
        pictures: placement.pictures.map((one) => ({
          ...one,
          metadata: 'x'.repeat(one.metadata?.length ?? 0),
        })),
      })),
  ],
  [
    'H22',
    'a new picture where one was to be refilled',
    (host) =>
      withPictures(host, (placement) => ({
        ...placement,
        pictures: placement.pictures.map((one) => ({ ...one, replace: undefined })),
      })),
  ],
  ['H23', 'the signal ignored', (host) => ({ place: (placement) => host.place(placement) })],
  [
    'H24',
    'half of a failed placement left',
    (host) => ({
      place: async (placement, options) => {
        const [first, ...rest] = placement.pictures;
        if (rest.length === 0) return host.place(placement, options);
        const small = { ...first, picture: cropRaster(first.picture, { x: 0, y: 0, width: 1, height: 1 }) };
        await host
          .place(
            { ...placement, pictures: [{ ...small, area: { ...first.area, width: 1, height: 1 } }] },
            options,
          )
          .catch(() => []);
        await host.place({
          ...placement,
          pictures: [{ ...small, area: { ...first.area, width: 1, height: 1 } }],
        });
        throw new StablePoseError('host-failed', 'It failed in the middle.');
      },
    }),
  ],
  [
    'H25',
    'an error of its own',
    (host) => ({
      readSelection: (target) =>
        host.readSelection(target).catch(() => {
          throw new Error('No such document');
        }),
    }),
  ],
  [
    'H26',
    'whatever document is open now',
    (host) => ({
      place: async (placement, options) =>
        host.place({ ...placement, target: (await host.readSelection()).target }, options),
    }),
  ],
  [
    'H28',
    'front to back',
    (host) => ({
      readPoses: async (target) => {
        const { poses, notes } = await host.readPoses(target);
        return { poses: [...poses].reverse(), notes };
      },
    }),
  ],
  [
    'H29',
    'skeletons added to the old ones',
    (host) => ({
      placePoses: async (target, poses, options) => {
        const { poses: before } = await host.readPoses(target);
        await host.placePoses(target, [...before, ...poses], options);
      },
    }),
  ],
  [
    'H35',
    'settings as text',
    (host) => {
      const { settings, blobs } = host.storage;
      return {
        storage: {
          blobs,
          settings: {
            ...settings,
            write: (name, value) =>
              settings.write(name, new TextEncoder().encode(new TextDecoder().decode(value))),
          },
        },
      };
    },
  ],
  [
    'H38',
    'one store for both',
    (host) => ({ storage: { settings: host.storage.settings, blobs: host.storage.settings } }),
  ],
  [
    'H39',
    'a long notification that throws',
    () => ({
      notify: (text) => {
        if (text.length > 100) throw new Error('too long');
      },
    }),
  ],
  [
    'H43',
    'a listener that cannot be stopped',
    (host) => ({
      watch: (event, listener) => {
        host.watch(event, listener);
        return () => {};
      },
    }),
  ],
];

function brokenHost(fault: HostFault): HostBench {
  const bench = fakeHostBench();
  const wrong = fault(bench.host);
  const host = new Proxy(bench.host, {
    get: (target, name) => {
      if (name in wrong) return wrong[name as keyof HostAdapter];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
  return { ...bench, host };
}

describe('the host suite finds', () => {
  it.each(hostFaults)('by %s: %s', async (rule, _, fault) => {
    const [outcome] = await runConformance(
      hostChecks.filter((check) => check.rule === rule),
      () => brokenHost(fault),
    );
    expect(outcome).toMatchObject({ outcome: 'failed', reason: expect.any(String) });
  });
});

type EngineFault = (engine: StubEngine) => Partial<GenerationEngine>;

const engineFaults: readonly (readonly [rule: string, fault: string, EngineFault])[] = [
  [
    'E3',
    'one picture too few',
    (engine) => ({ generate: (request, options) => engine.generate({ ...request, count: 1 }, options) }),
  ],
  [
    'E4',
    'the seed ignored',
    (engine) => ({ generate: (request, options) => engine.generate({ ...request, seed: 1 }, options) }),
  ],
  [
    'E5',
    'the request of the first picture for all',
    (engine) => ({
      generate: async (request, options) => {
        const result = await engine.generate(request, options);
        const [{ request: own }] = result.pictures;
        return { ...result, pictures: result.pictures.map((one) => ({ ...one, request: own })) };
      },
    }),
  ],
  [
    'E6',
    'the request changed',
    (engine) => ({
      generate: (request, options) => {
        request.steps = 1;
        return engine.generate(request, options);
      },
    }),
  ],
  [
    'E7',
    'progress after the end',
    (engine) => ({
      generate: async (request, options) => {
        const result = await engine.generate(request, options);
        setTimeout(() => options?.onProgress?.({ stage: 'wait', secondsElapsed: 0 }), 5);
        return result;
      },
    }),
  ],
  [
    'E8',
    'misspelt fields taken',
    (engine) => ({
      generate: (
        { promt: _, ...request }: { promt?: string } & Parameters<StubEngine['generate']>[0],
        options,
      ) => engine.generate(request, options),
    }),
  ],
  ['E10', 'the signal ignored', (engine) => ({ generate: (request) => engine.generate(request) })],
  [
    'E11',
    'the signal looked at in the beginning only',
    (engine) => ({
      generate: (request, options) =>
        engine.generate({ ...request, steps: 2 }, { ...options, signal: undefined }),
    }),
  ],
  [
    'E16',
    'the pose ignored',
    (engine) => ({ generate: (request, options) => engine.generate({ ...request, poses: [] }, options) }),
  ],
  ['E19', 'alive after it was disposed', () => ({ dispose: async () => {} })],
];

function brokenEngine(fault: EngineFault): EngineBench {
  const inner = new StubEngine();
  const wrong = fault(inner);
  const engine = new Proxy(inner, {
    get: (target, name) => {
      if (name in wrong) return wrong[name as keyof GenerationEngine];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
  return { engine, dispose: () => inner.dispose() };
}

describe('the engine suite finds', () => {
  it.each(engineFaults)('by %s: %s', async (rule, _, fault) => {
    const [outcome] = await runConformance(
      engineChecks.filter((check) => check.rule === rule),
      () => brokenEngine(fault),
    );
    expect(outcome).toMatchObject({ outcome: 'failed', reason: expect.any(String) });
  });
});
