import { type GenerationRequestInput, type Raster, StablePoseError } from '@stable-pose/core';
import type { EngineProgress, GenerationEngine } from '../generation-engine.ts';
import type { ConformanceCheck, DisposableBench } from './conformance.ts';
import { expect, expectEqual, expectRejection, expectSamePicture } from './expect.ts';
import { markedPicture, standingPose } from './test-scenes.ts';

/** An engine under test. Disposing of the bench disposes of the engine. */
export interface EngineBench extends DisposableBench {
  readonly engine: GenerationEngine;
  /** A cheap request that gives pictures; a small one with two steps and one person when absent. */
  readonly request?: GenerationRequestInput;
  /** A picture with people, for `detectPose` and `matte`. A pattern when absent: nobody need be found in it. */
  readonly picture?: Raster;
  /**
   * How far a channel may be off when the same request is made twice. 0 when absent: exact, as on any CPU.
   */
  readonly repeatTolerance?: number;
  /** How long to wait before cancelling in the middle, ms after the first progress of a step. 0 when absent. */
  readonly cancelAfterMs?: number;
}

type EngineCheck = ConformanceCheck<EngineBench>;

/** What every engine must do. Rules are numbered; a number is never given twice. */
export const engineChecks: readonly EngineCheck[] = [
  {
    rule: 'E1',
    title: 'describes itself in plain JSON',
    run: async ({ engine }) => {
      const description = await engine.describe();
      expectEqual(JSON.parse(JSON.stringify(description)), description, 'description');
      for (const field of ['kind', 'name', 'device'] as const) {
        expect(description[field].length > 0, `${field} is empty.`);
      }
      expect(['this-device', 'elsewhere'].includes(description.place), `place is ${description.place}.`);
    },
  },
  {
    rule: 'E2',
    title: 'has a model, described in plain JSON',
    run: async ({ engine }) => {
      const models = await engine.models();
      expect(models.length > 0, 'There is no model.');
      expectEqual(JSON.parse(JSON.stringify(models)), models, 'models');
      const ids = models.map(({ id }) => id);
      expectEqual(new Set(ids).size, ids.length, 'different ids');
    },
  },
  {
    rule: 'E3',
    title: 'makes as many pictures as asked for, of the asked size, with counted seeds',
    run: async (bench) => {
      const request = { ...cheap(bench), seed: 2 ** 32 - 1, count: 2 };
      const { pictures } = await bench.engine.generate(request);
      expectEqual(pictures.length, 2, 'pictures');
      expectEqual(
        pictures.map(({ seed }) => seed),
        [2 ** 32 - 1, 0],
        'seeds',
      );
      for (const { raster } of pictures) {
        if (request.width) expectEqual(raster.width, request.width, 'width');
        if (request.height) expectEqual(raster.height, request.height, 'height');
        expectEqual(raster.data.length, raster.width * raster.height * raster.channels, 'bytes');
      }
    },
  },
  {
    rule: 'E4',
    title: 'makes the same picture of the same request, and another one of another seed',
    run: async (bench) => {
      const { engine, repeatTolerance = 0 } = bench;
      const first = await one(engine, cheap(bench));
      const again = await one(engine, cheap(bench));
      expectSamePicture(again.raster, first.raster, repeatTolerance, 'the same request');
      const other = await one(engine, { ...cheap(bench), seed: (cheap(bench).seed ?? 0) + 1 });
      expect(
        other.raster.data.some((value, i) => Math.abs(value - first.raster.data[i]) > repeatTolerance),
        'Another seed makes another picture.',
      );
    },
  },
  {
    rule: 'E5',
    title: 'gives back a request that makes exactly this picture',
    run: async (bench) => {
      const { engine, repeatTolerance = 0 } = bench;
      const { pictures } = await engine.generate({ ...cheap(bench), count: 2 });
      const { request, raster } = pictures[1];
      expectEqual(request.count, 1, 'count of the returned request');
      const again = await one(engine, JSON.parse(JSON.stringify(request)) as GenerationRequestInput);
      // A batch may add in another order than a single picture.
      expectSamePicture(again.raster, raster, Math.max(1, repeatTolerance), 'the returned request');
    },
  },
  {
    rule: 'E6',
    title: 'leaves the request as it was',
    run: async (bench) => {
      const request = cheap(bench);
      const before = JSON.stringify(request);
      await bench.engine.generate(deepFreeze(request));
      expectEqual(JSON.stringify(request), before, 'the request');
    },
  },
  {
    rule: 'E7',
    title: 'tells how far it is, in order, and never after it has settled',
    run: async (bench) => {
      const told: EngineProgress[] = [];
      await bench.engine.generate(cheap(bench), { onProgress: (progress) => told.push(progress) });
      const count = told.length;
      await soon();
      expectEqual(told.length, count, 'progress after it had settled');
      const steps = told.flatMap((progress) =>
        progress.stage === 'denoise' && progress.steps > 0 ? [progress] : [],
      );
      expect(steps.length > 0, 'No step was told.');
      expectEqual(steps.at(-1)?.step, steps.at(-1)?.steps, 'the last step');
      for (const [i, progress] of told.entries()) {
        const before = told[i - 1]?.secondsElapsed ?? 0;
        expect(progress.stage === 'wait' || progress.secondsElapsed >= before - 1e-3, 'Time runs forward.');
      }
    },
  },
  {
    rule: 'E8',
    title: 'refuses a request with a misspelt field before any work',
    run: async (bench) => {
      let calls = 0;
      const wrong = { ...cheap(bench), promt: 'a person' } as GenerationRequestInput;
      await expectRejection(
        () => bench.engine.generate(wrong, { onProgress: () => calls++ }),
        'invalid-request',
        'a misspelt field',
      );
      expectEqual(calls, 0, 'calls of onProgress');
    },
  },
  {
    rule: 'E9',
    title: 'refuses a size that the model cannot draw, and a model that is not there',
    run: async (bench) => {
      const { engine } = bench;
      await expectRejection(
        () => engine.generate({ ...cheap(bench), width: 72, height: 72 }),
        'invalid-request',
        'a width of 72',
      );
      await expectRejection(
        () => engine.generate({ ...cheap(bench), model: 'no-such-model' }),
        ['model-not-found', 'invalid-request'],
        'a model that is not there',
      );
    },
  },
  {
    rule: 'E10',
    title: 'does nothing for a signal that is aborted already',
    run: async (bench) => {
      const controller = new AbortController();
      controller.abort();
      const { signal } = controller;
      let steps = 0;
      await expectRejection(
        () =>
          bench.engine.generate(cheap(bench), {
            signal,
            onProgress: ({ stage }) => {
              if (stage === 'denoise') steps++;
            },
          }),
        'cancelled',
        'an aborted signal',
      );
      expectEqual(steps, 0, 'steps');
    },
  },
  {
    rule: 'E11',
    title: 'stops in the middle, and works afterwards',
    run: async (bench) => {
      const controller = new AbortController();
      const { signal } = controller;
      let told = 0;
      await expectRejection(
        () =>
          bench.engine.generate(
            { ...cheap(bench), steps: 50 },
            {
              signal,
              onProgress: ({ stage }) => {
                told++;
                if (stage !== 'denoise' || signal.aborted) return;
                setTimeout(() => controller.abort(), bench.cancelAfterMs ?? 0);
              },
            },
          ),
        'cancelled',
        'cancelling in the middle',
      );
      const before = told;
      await soon();
      expectEqual(told, before, 'progress after it was cancelled');
      const { pictures } = await bench.engine.generate(cheap(bench));
      expectEqual(pictures.length, 1, 'pictures of the next request');
    },
  },
  {
    rule: 'E12',
    title: 'takes requests at the same time, and gives each its own pictures',
    run: async (bench) => {
      const { engine, repeatTolerance = 0 } = bench;
      const seeds = [11, 12, 13];
      const all = await Promise.all(seeds.map((seed) => one(engine, { ...cheap(bench), seed })));
      expectEqual(
        all.map(({ seed }) => seed),
        seeds,
        'seeds',
      );
      const alone = await one(engine, { ...cheap(bench), seed: 12 });
      expectSamePicture(all[1].raster, alone.raster, repeatTolerance, 'the second of three');
    },
  },
  {
    rule: 'E13',
    title: 'cancels a request that waits, and lets the one before it finish',
    run: async (bench) => {
      const controller = new AbortController();
      const first = bench.engine.generate(cheap(bench));
      const second = bench.engine.generate(cheap(bench), { signal: controller.signal });
      controller.abort();
      await expectRejection(() => second, 'cancelled', 'the waiting request');
      expectEqual((await first).pictures.length, 1, 'pictures of the first');
    },
  },
  {
    rule: 'E14',
    title: 'refuses requests above its limits',
    run: async (bench) => {
      const { limits } = await bench.engine.describe();
      if (limits.count !== undefined && limits.count < 256) {
        await expectRejection(
          () => bench.engine.generate({ ...cheap(bench), count: (limits.count ?? 0) + 1 }),
          'limit-exceeded',
          'one picture too many',
        );
      }
      if (limits.steps !== undefined && limits.steps < 1000) {
        await expectRejection(
          () => bench.engine.generate({ ...cheap(bench), steps: (limits.steps ?? 0) + 1 }),
          'limit-exceeded',
          'one step too many',
        );
      }
    },
  },
  {
    rule: 'E15',
    title: 'makes a picture from words alone',
    run: async (bench) => {
      const { pictures } = await bench.engine.generate({ ...cheap(bench), poses: [] });
      expectEqual(pictures[0].hint, undefined, 'hint without poses');
    },
  },
  {
    rule: 'E16',
    title: 'draws the asked pose as its hint',
    run: async (bench) => {
      const { raster, hint } = await one(bench.engine, cheap(bench));
      expect(hint !== undefined, 'A picture with poses has a hint.');
      expectEqual([hint.width, hint.height], [raster.width, raster.height], 'size of the hint');
      expect(
        hint.data.some((value) => value > 0),
        'The hint is black.',
      );
    },
  },
  {
    rule: 'E17',
    title: 'finds people, or says that it cannot',
    run: async (bench) => {
      const { engine, picture = markedPicture(96, 128) } = bench;
      const { can } = await engine.describe();
      if (!can.detectPose) {
        await expectRejection(() => engine.detectPose(picture), 'not-supported', 'finding people');
        return;
      }
      const found = await engine.detectPose(picture);
      expectEqual(JSON.parse(JSON.stringify(found)), found, 'people');
      if (bench.picture) expect(found.length > 0, 'Nobody was found in a picture with people.');
      const boxes = [{ x: 8, y: 8, width: picture.width - 16, height: picture.height - 16 }];
      const [person, ...others] = await engine.detectPose(picture, { boxes });
      expectEqual(others.length, 0, 'people in one box, besides one');
      expectEqual(person.pose.keypoints.length, 17, 'keypoints');
    },
  },
  {
    rule: 'E18',
    title: 'cuts people out, or says that it cannot',
    run: async (bench) => {
      const { engine, picture = markedPicture(96, 128) } = bench;
      const { can } = await engine.describe();
      if (!can.matte) {
        await expectRejection(() => engine.matte(picture), 'not-supported', 'cutting people out');
        return;
      }
      const { width, height, channels } = await engine.matte(picture);
      expectEqual([width, height, channels], [picture.width, picture.height, 1], 'form of the matte');
    },
  },
  {
    rule: 'E19',
    title: 'is closed after it was disposed, and says so',
    run: async (bench) => {
      const { engine } = bench;
      await engine.dispose();
      await engine.dispose();
      await expectRejection(() => engine.generate(cheap(bench)), 'engine-closed', 'generating');
      await expectRejection(() => engine.models(), 'engine-closed', 'models');
    },
  },
  {
    rule: 'E20',
    title: 'ends what is under way when it is disposed',
    run: async (bench) => {
      const running = bench.engine.generate({ ...cheap(bench), steps: 50 });
      const outcome = running.then(
        () => 'done',
        (error: unknown) => StablePoseError.from(error).code,
      );
      await bench.engine.dispose();
      const ending = await outcome;
      expect(
        ending === 'cancelled' || ending === 'engine-closed',
        `A request under way ends as cancelled, got ${ending}.`,
      );
    },
  },
];

function cheap({ request }: EngineBench): GenerationRequestInput {
  return structuredClone(
    request ?? {
      prompt: 'a person',
      seed: 7,
      steps: 2,
      width: 64,
      height: 64,
      poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
    },
  );
}

async function one(engine: GenerationEngine, request: GenerationRequestInput) {
  const { pictures } = await engine.generate(request);
  expectEqual(pictures.length, 1, 'pictures');
  return pictures[0];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
