import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveNetPaths } from '../../../models/movenet/src/index.ts';
import { openMoveNet } from '../../../models/src/architectures/movenet.ts';
import { createMoveNetDetector, type PoseDetector } from '../../../packages/core/src/detect/index.ts';
import { createPipeline, type Pipeline } from '../../../packages/core/src/pipeline/index.ts';
import { scorePicture, scoreWarning } from '../../../packages/core/src/pipeline/score-picture.ts';
import { type Keypoint, limbsOff, type Pose } from '../../../packages/core/src/pose/index.ts';
import { renderPictures } from '../detect/render-pictures.ts';
import { openTinyPipeline, standingPerson, type TinyPipeline, withRaisedArm } from './tiny-pipeline.ts';

let tiny: TinyPipeline;
let detector: PoseDetector;
let pipeline: Pipeline;

beforeAll(async () => {
  tiny = await openTinyPipeline();
  const paths = moveNetPaths();
  const network = openMoveNet({
    topology: readFileSync(paths.topology),
    weights: readFileSync(paths.weights),
  });
  detector = createMoveNetDetector({ runtime: tiny.runtime, network });
  const { runtime, model, adapter } = tiny;
  pipeline = createPipeline({ runtime, model, adapters: { pose: adapter }, detector });
}, 120_000);

afterAll(async () => {
  await pipeline?.dispose();
  await detector?.dispose();
  await tiny?.dispose();
});

const request = { prompt: 'a person', width: 64, height: 64, steps: 2, seed: 5 };
const poses = [standingPerson(32, 8, 48)];

describe('the pose score', () => {
  it('is high where the asked pose is drawn, and low where another was asked', async () => {
    const { picture, poses: shown } = renderPictures()[0]!;
    const right = await scorePicture(detector, picture, shown, picture);
    expect(right!.similarity).toBeGreaterThan(0.7);
    const upside: Pose = {
      keypoints: shown[0]!.keypoints.map(([x, y, c]): Keypoint => [x, Math.min(255, 256 - y), c]),
    };
    const wrong = await scorePicture(detector, picture, [upside], picture);
    expect(wrong!.similarity).toBeLessThan(0.3);
    expect(scoreWarning(wrong!, 0.5)).toContain('person 1');
    expect(scoreWarning(right!, 0.5)).toBeUndefined();
  }, 120_000);

  it('names the limbs that are off', () => {
    const asked = poses[0]!;
    expect(limbsOff(asked, asked)).toEqual([]);
    const off = limbsOff(withRaisedArm(asked), asked).map(({ limb }) => limb);
    expect([...off].sort()).toEqual(['left forearm', 'left upper arm']);
  });

  it('is on every picture that asks for it, and the best of n comes first with the others', async () => {
    const stages = new Set<string>();
    const counts = new Set<number>();
    const { pictures } = await pipeline.generate(
      { ...request, poses, count: 2, bestOf: 2 },
      {
        onProgress: ({ stage, pictures: all }) => {
          stages.add(stage);
          counts.add(all);
        },
      },
    );
    expect(stages.has('score')).toBe(true);
    expect([...counts]).toEqual([4]);
    expect(pictures).toHaveLength(2);
    for (const [i, picture] of pictures.entries()) {
      const all = [picture, ...picture.others!];
      expect(all.map(({ seed }) => seed).sort()).toEqual([5 + 2 * i, 6 + 2 * i]);
      expect(picture.score!.similarity).toBeGreaterThanOrEqual(picture.others![0]!.score!.similarity);
      expect(picture.request).toMatchObject({ count: 1, bestOf: 1, seed: picture.seed });
    }
    const again = await pipeline.generate(pictures[0]!.request);
    expect(again.pictures[0]!.raster.data).toEqual(pictures[0]!.raster.data);
  }, 120_000);

  it('says so when a picture is below the line', async () => {
    const { pictures } = await pipeline.generate({
      ...request,
      poses,
      poseScore: { measure: true, line: 1 },
    });
    expect(pictures[0]!.warnings.join(' ')).toContain('below the line of 1');
  }, 120_000);

  it('says so when there is no pose to compare with', async () => {
    const { pictures } = await pipeline.generate({ ...request, poseScore: { measure: true } });
    expect(pictures[0]!.score).toBeUndefined();
    expect(pictures[0]!.warnings.join(' ')).toContain('nothing to compare');
  }, 120_000);

  it('is refused without a detector, and for more pictures than are held at once', async () => {
    await expect(tiny.pipeline.generate({ ...request, poses, bestOf: 2 })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await expect(pipeline.generate({ ...request, poses, count: 200, bestOf: 2 })).rejects.toMatchObject({
      code: 'invalid-request',
      details: { field: 'bestOf' },
    });
  });

  it('stops when told', async () => {
    const stop = new AbortController();
    const run = pipeline.generate(
      { ...request, poses, bestOf: 3 },
      { signal: stop.signal, onProgress: ({ stage }) => stage === 'score' && stop.abort() },
    );
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  }, 120_000);
});
