import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openAdapter, openModel } from '../../../models/src/on-disk.ts';
import type { AdapterSource, ModelSource } from '../../../packages/core/src/contract/index.ts';
import type { Raster } from '../../../packages/core/src/image/index.ts';
import { encodePng } from '../../../packages/core/src/image/index.ts';
import { createNodeRuntime } from '../../../packages/core/src/onnx-node.ts';
import { createPipeline, type Pipeline } from '../../../packages/core/src/pipeline/index.ts';
import type { Keypoint, Pose } from '../../../packages/core/src/pose/index.ts';
import type { GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { makeTinyFolder } from '../../models/tiny-folder.ts';
import { closedTokenizer } from '../text/closed-tokenizer.ts';

/** All that the model is given as words here. */
const words = ['a', 'person', 'red', 'dress', 'grey', 'blur', 'many', 'hands'];

/** The small reference model with its adapter, on the CPU of an inference process. */
export interface TinyPipeline {
  readonly pipeline: Pipeline;
  readonly runtime: GraphRuntime;
  readonly model: ModelSource;
  readonly adapter: AdapterSource;
  /** Checkpoint, config and tokenizer; removed by `dispose`. */
  readonly folder: string;
  dispose(): Promise<void>;
}

export async function openTinyPipeline(
  options: { readonly config?: Record<string, unknown>; readonly partsInTurn?: boolean } = {},
): Promise<TinyPipeline> {
  const tiny = makeTinyFolder();
  writeFileSync(join(tiny.folder, 'tokenizer.json'), JSON.stringify(closedTokenizer(words).tokenizer));
  const told = JSON.parse(readFileSync(join(tiny.folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  const tokenizer = { unknown: words.length, drop_unknown: true };
  const config = { ...told, tokenizer, ...options.config };
  writeFileSync(join(tiny.folder, 'config.json'), JSON.stringify(config));
  const runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  const model = await openModel({ path: tiny.folder });
  const adapter = await openAdapter({ path: tiny.folder });
  const { partsInTurn } = options;
  const pipeline = createPipeline({ runtime, model, adapters: { pose: adapter }, partsInTurn });
  return {
    pipeline,
    runtime,
    model,
    adapter,
    folder: tiny.folder,
    async dispose() {
      await pipeline.dispose();
      await adapter.dispose();
      await model.dispose();
      await runtime.dispose();
      tiny.remove();
    },
  };
}

/** A person who stands upright, `height` pixels tall, with the head's middle at (x, y). */
export function standingPerson(x: number, y: number, height: number): Pose {
  const at = (dx: number, dy: number): Keypoint => [x + dx * height, y + dy * height, 1];
  return {
    keypoints: [
      ...[at(0, 0), at(0.02, -0.02), at(-0.02, -0.02), at(0.05, -0.01), at(-0.05, -0.01)],
      ...[at(0.12, 0.15), at(-0.12, 0.15), at(0.16, 0.32), at(-0.16, 0.32), at(0.17, 0.48), at(-0.17, 0.48)],
      ...[at(0.08, 0.48), at(-0.08, 0.48), at(0.08, 0.7), at(-0.08, 0.7), at(0.08, 0.92), at(-0.08, 0.92)],
    ],
  };
}

/** The same person with the left arm raised. */
export function withRaisedArm(pose: Pose): Pose {
  const [shoulder] = [pose.keypoints[5]!];
  const reach = Math.abs(shoulder[1] - pose.keypoints[7]![1]);
  const raised: Record<number, Keypoint> = {
    7: [shoulder[0] + reach * 0.6, shoulder[1] - reach * 0.6, 1],
    9: [shoulder[0] + reach * 0.9, shoulder[1] - reach * 1.2, 1],
  };
  return { keypoints: pose.keypoints.map((keypoint, i) => raised[i] ?? keypoint) };
}

/** As requests carry pictures. */
export function base64Png(picture: Raster): string {
  return Buffer.from(encodePng(picture)).toString('base64');
}

/** Largest difference of a byte. */
export function farthest(a: Raster, b: Raster): number {
  if (a.data.length !== b.data.length) throw new Error('The pictures differ in size.');
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
