import { readFileSync } from 'node:fs';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moveNetPaths } from '../../../models/movenet/src/index.ts';
import { openMoveNet } from '../../../models/src/architectures/movenet.ts';
import type { PoseNetworkSource } from '../../../packages/core/src/contract/index.ts';
import { createMoveNetDetector, type PoseDetector } from '../../../packages/core/src/detect/index.ts';
import { letterbox } from '../../../packages/core/src/detect/letterbox.ts';
import { raster, withChannels } from '../../../packages/core/src/image/index.ts';
import { createNodeRuntime } from '../../../packages/core/src/onnx-node.ts';
import { keypointSimilarity } from '../../../packages/core/src/pose/index.ts';
import type { GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { float32 } from '../../../packages/core/src/tensor/index.ts';
import { renderPictures } from './render-pictures.ts';

const paths = moveNetPaths();
const topology = readFileSync(paths.topology);
const weights = readFileSync(paths.weights);
const renders = renderPictures();

let runtime: GraphRuntime;
let network: PoseNetworkSource;
let detector: PoseDetector;

beforeAll(async () => {
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  network = openMoveNet({ topology, weights });
  detector = createMoveNetDetector({ runtime, network });
}, 120_000);

afterAll(async () => {
  await detector?.dispose();
  await runtime?.dispose();
});

describe('MoveNet as a graph of ours', () => {
  it('gives what TensorFlow.js gives, to 1e-3 of the side, on ten pictures', async () => {
    const { modelTopology, weightsManifest } = JSON.parse(topology.toString()) as {
      modelTopology: object;
      weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
    };
    const weightData = new Uint8Array(weights).buffer;
    const oracle = await loadGraphModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }),
    );
    const graph = await runtime.load(network.graph);
    expect(renders).toHaveLength(10);
    for (const { file, picture } of renders) {
      const whole = { x: 0, y: 0, side: picture.width };
      const input = letterbox(withChannels(picture, 3), whole, network.side);
      const { keypoints } = await graph.run({
        picture: input,
        center_weights: float32([network.cells, network.cells, 1], network.centerWeights),
      });
      const expected = oracle.predict(tf.tensor4d(input.data, [1, 192, 192, 3], 'int32')) as tf.Tensor;
      const wanted = Array.from(await expected.data());
      if (keypoints?.kind !== 'cpu') throw new Error('no keypoints');
      const farthest = wanted.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - keypoints.data[i]!)),
        0,
      );
      // Stated for the product; both compute in float32, and 2e-6 was measured by hand on four.
      expect(farthest, file).toBeLessThan(1e-3);
      expected.dispose();
    }
    await graph.dispose();
  }, 300_000);
});

describe('finding people', () => {
  it('finds the person in a box, and nobody as a guess that stands in the box', async () => {
    const similarities: number[] = [];
    for (const { picture, boxes, poses, file } of renders) {
      const found = await detector.detect(picture, { boxes });
      expect(found, file).toHaveLength(boxes.length);
      found.forEach(({ pose, isGuess }, i) => {
        expect(isGuess, file).toBe(false);
        similarities.push(keypointSimilarity(pose, poses[i]!));
      });
    }
    // The detector is no oracle: someone half behind another is at times missed by much. Most are not.
    const mean = similarities.reduce((sum, one) => sum + one, 0) / similarities.length;
    expect(mean, similarities.join(' ')).toBeGreaterThan(0.7);
    expect(similarities.filter((one) => one > 0.5).length / similarities.length).toBeGreaterThan(0.8);
    const box = { x: 20, y: 10, width: 60, height: 120 };
    const [guess] = await detector.detect(raster(128, 160, 3), { boxes: [box] });
    expect(guess?.isGuess).toBe(true);
    for (const [x, y, confidence] of guess!.pose.keypoints) {
      expect(x).toBeGreaterThanOrEqual(20);
      expect(x).toBeLessThanOrEqual(80);
      expect(y).toBeGreaterThanOrEqual(10);
      expect(y).toBeLessThanOrEqual(130);
      expect(confidence).toBeGreaterThan(0.05);
    }
  }, 300_000);

  it('finds two people unaided, from left to right', async () => {
    const two = renders.find(({ poses }) => poses.length === 2)!;
    const found = await detector.detect(two.picture);
    for (const pose of two.poses) {
      const best = Math.max(...found.map((person) => keypointSimilarity(person.pose, pose)));
      expect(best).toBeGreaterThan(0.5);
    }
    const middles = found.map(({ box }) => box.x + box.width / 2);
    expect(middles).toEqual([...middles].sort((a, b) => a - b));
    expect(await detector.detect(raster(128, 128, 3))).toEqual([]);
  }, 300_000);

  it('refuses a box without area, and stops when told', async () => {
    const { picture } = renders[0]!;
    await expect(
      detector.detect(picture, { boxes: [{ x: 0, y: 0, width: 0, height: 9 }] }),
    ).rejects.toMatchObject({ code: 'invalid-pose' });
    await expect(detector.detect(picture, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
