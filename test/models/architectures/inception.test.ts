import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Raster, raster } from '@stable-pose/core';
import { createInceptionNetwork } from '@stable-pose/evaluation';
import { openInception } from '@stable-pose/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainRuntime } from '../node-runtime.ts';
import { type GivenTensor, writeTensors } from '../write-tensors.ts';

type Layer = [name: string, out: number, from: number, height: number, width: number];
const golden = JSON.parse(readFileSync(new URL('../../golden/inception.json', import.meta.url), 'utf8')) as {
  layers: Layer[];
  pictures: { height: number; width: number; features: number[] }[];
};

/** The same made-up numbers as in test/golden/inception.py. */
function madeUp(index: number, count: number, gain: number, offset = 0): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const hashed = Math.sin(i * 12.9898 + index * 78.233) * 43758.5453;
    return ((hashed - Math.floor(hashed)) * 2 - 1) * gain + offset;
  });
}

function weights(): Record<string, GivenTensor> {
  const tensors: Record<string, GivenTensor> = {};
  golden.layers.forEach(([name, out, from, height, width], n) => {
    const fan = from * height * width;
    const kinds = [
      ['conv.weight', [out, from, height, width], Math.sqrt(6 / fan), 0],
      ['bn.weight', [out], 0.3, 1],
      ['bn.bias', [out], 0.2, 0],
      ['bn.running_mean', [out], 0.2, 0],
      ['bn.running_var', [out], 0.4, 1],
    ] as const;
    kinds.forEach(([key, shape, gain, offset], k) => {
      const count = shape.reduce((product: number, side) => product * side, 1);
      tensors[`${name}.${key}`] = { shape, data: Float32Array.from(madeUp(5 * n + k, count, gain, offset)) };
    });
  });
  return tensors;
}

function picture(height: number, width: number): Raster {
  const target = raster(width, height, 3);
  const planes = madeUp(1000, 3 * height * width, 127.5, 127.5).map(Math.floor);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) target.data[3 * i + c] = planes[c * height * width + i]!;
  }
  return target;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'inception-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Inception, the feature network of FID', () => {
  it('gives the features that PyTorch gives, for pictures of any size', async () => {
    const file = join(folder, 'inception.safetensors');
    await writeTensors(file, weights());
    const source = await openInception(file);
    expect(source.width).toBe(128);
    const network = createInceptionNetwork({ runtime: plainRuntime, ...source });
    const pictures = golden.pictures.map(({ height, width }) => picture(height, width));
    const found = await network.features(pictures);
    golden.pictures.forEach(({ features }, i) => {
      features.forEach((value, j) => {
        // Ninety-four layers in fp32 with another order of sums.
        expect(Math.abs(found[i]![j]! - value), `feature ${j}`).toBeLessThan(
          2e-4 * Math.max(1, Math.abs(value)),
        );
      });
    });
    await network.dispose();
    await source.dispose();
  });

  it('names the layers that are missing', async () => {
    const { 'Mixed_6c.branch7x7_2.conv.weight': _, ...rest } = weights();
    const file = join(folder, 'missing.safetensors');
    await writeTensors(file, rest);
    await expect(openInception(file)).rejects.toMatchObject({
      code: 'tensor-mismatch',
      message: expect.stringContaining('Mixed_6c.branch7x7_2'),
    });
  });
});
