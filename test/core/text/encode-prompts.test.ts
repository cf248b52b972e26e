import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../models/src/on-disk.ts';
import type { ModelSource } from '../../../packages/core/src/contract/index.ts';
import { createNodeRuntime } from '../../../packages/core/src/onnx-node.ts';
import type { Graph, GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import {
  type ChunkedPrompt,
  chunkPrompt,
  encodePrompts,
  promptTokenizer,
} from '../../../packages/core/src/text/index.ts';
import { makeTinyFolder } from '../../models/tiny-folder.ts';

const tiny = makeTinyFolder();
let runtime: GraphRuntime;
let model: ModelSource;
let graph: Graph;

beforeAll(async () => {
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  model = await openModel({ path: tiny.folder });
  graph = await runtime.load(await model.graph('text-encoder'));
});
afterAll(async () => {
  await graph?.dispose();
  await model?.dispose();
  await runtime?.dispose();
  tiny.remove();
});

const chunk = (prompt: string) =>
  chunkPrompt(prompt, { text: model.config.text, tokenizer: promptTokenizer(model.tokenizer) });
const encode = (prompts: readonly ChunkedPrompt[]) =>
  encodePrompts(graph, prompts, { text: model.config.text });
const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('encodePrompts', () => {
  it('gives every prompt the length of the longest, in whole chunks', async () => {
    const long = chunk('a b c '.repeat(60));
    const [first, second] = await encode([long, chunk('a')]);
    expect(long.chunks.length).toBe(3);
    expect(first!.dims).toEqual([1, 3 * 77, 48]);
    expect(second!.dims).toEqual([1, 3 * 77, 48]);
  });

  it('encodes a chunk the same whatever stands beside it', async () => {
    const [alone] = await encode([chunk('a woman')]);
    const [, beside] = await encode([chunk('something else'), chunk('a woman')]);
    alone!.data.forEach((value, i) => {
      // Rows share matrix products, whose blocking may round in another order.
      expect(Math.abs(value - beside!.data[i]!)).toBeLessThan(1e-5);
    });
  });

  it('keeps an unweighed prompt to the bit, and restores the mean of a weighed one', async () => {
    const [plain] = await encode([chunk('a b c')]);
    const [one] = await encode([chunk('a (b:1.0) c')]);
    expect(one!.data).toEqual(plain!.data);
    const [weighed] = await encode([chunk('a (b:1.6) c')]);
    expect(weighed!.data).not.toEqual(plain!.data);
    // Sums of 3696 fp32 values.
    expect(mean(weighed!.data)).toBeCloseTo(mean(plain!.data), 5);
  });
});
