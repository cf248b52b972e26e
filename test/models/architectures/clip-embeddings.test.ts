import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32, raster, resizeRaster, tensor } from '@stable-pose/core';
import { clipScore, createClipEmbedder } from '@stable-pose/evaluation';
import { openClip } from '@stable-pose/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainRuntime } from '../node-runtime.ts';
import { type GivenTensor, writeTensors } from '../write-tensors.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../golden/clip-embeddings.json', import.meta.url), 'utf8'),
) as {
  weights: Record<string, number[]>;
  texts: { ids: number[]; embedding: number[] }[];
  picture: number[];
  bicubic: { width: number; height: number; resized: Record<string, number[]> };
};

/** The same made-up numbers as in test/golden/clip-embeddings.py. */
function madeUp(index: number, count: number, gain: number, offset = 0): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const hashed = Math.sin(i * 12.9898 + index * 78.233) * 43758.5453;
    return ((hashed - Math.floor(hashed)) * 2 - 1) * gain + offset;
  });
}

/** fp32 on both sides; sums in another order. */
const tolerance = 2e-5;
const options = { textHeads: 2, visionHeads: 3 };
let folder: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clip-'));
  const tensors = Object.entries(golden.weights).map(([key, shape], n): [string, GivenTensor] => {
    const isNorm = key.includes('norm') && key.endsWith('weight');
    const count = shape.reduce((product, side) => product * side, 1);
    return [key, { shape, data: Float32Array.from(madeUp(n, count, 0.3, isNorm ? 1 : 0)) }];
  });
  file = join(folder, 'model.safetensors');
  await writeTensors(file, Object.fromEntries(tensors));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('CLIP with both towers', () => {
  it('embeds texts and pictures as Hugging Face’s CLIPModel does', async () => {
    const source = await openClip(folder, options);
    expect(source).toMatchObject({ width: 10, contextLength: 12, side: 28 });
    const text = await plainRuntime.load(source.text);
    for (const { ids, embedding } of golden.texts) {
      const { embedding: found } = await text.run({
        input_ids: tensor('int32', [1, ids.length], Int32Array.from(ids)),
      });
      closeTo(found, embedding);
    }
    const vision = await plainRuntime.load(source.vision);
    const pixels = Float32Array.from(madeUp(1000, 3 * 28 * 28, 2));
    const { embedding } = await vision.run({ picture: float32([1, 3, 28, 28], pixels) });
    closeTo(embedding, golden.picture);
    await text.dispose();
    await vision.dispose();
    await source.dispose();
  });

  it('gives a score to words and pictures of any size', async () => {
    const vocab: Record<string, number> = {
      'a</w>': 0,
      'b</w>': 1,
      '<|startoftext|>': 38,
      '<|endoftext|>': 39,
    };
    const tokenizer = {
      model: { type: 'BPE', vocab, merges: [], end_of_word_suffix: '</w>', unk_token: '<|endoftext|>' },
      pre_tokenizer: { type: 'Whitespace' },
    };
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
    const source = await openClip(file, options);
    const embedder = createClipEmbedder({ runtime: plainRuntime, ...source });
    const texts = await embedder.embedTexts(['a b', 'b '.repeat(40)]);
    const pictures = await embedder.embedPictures([raster(64, 40, 3), raster(20, 90, 3)]);
    expect(texts.map(({ length }) => length)).toEqual([10, 10]);
    expect(clipScore(texts, pictures)).toBeGreaterThanOrEqual(0);
    await embedder.dispose();
    await source.dispose();
  });
});

describe('bicubic resizing', () => {
  it('is Pillow’s, but for its rounding between rows and columns', () => {
    const { width, height, resized } = golden.bicubic;
    const bytes = Uint8Array.from(madeUp(2000, 3 * width * height, 50, 127.5), Math.floor);
    for (const [size, expected] of Object.entries(resized)) {
      const [w, h] = size.split('x').map(Number);
      const { data } = resizeRaster(raster(width, height, 3, bytes), w!, h!, 'bicubic');
      // Pillow rounds after the first pass too, and in fixed point.
      data.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!), `${size} ${i}`).toBeLessThanOrEqual(2);
      });
    }
  });
});

function closeTo(found: unknown, expected: readonly number[]): void {
  const { data } = found as { data: Float32Array };
  expect(data).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(data[i]! - value), `element ${i}`).toBeLessThan(tolerance);
  });
}
