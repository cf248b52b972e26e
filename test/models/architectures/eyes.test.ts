import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eyes } from '../../../models/src/architectures/eyes.ts';
import { openEyes } from '../../../models/src/index.ts';
import { countFlops } from '../../../models/src/onnx/count-flops.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { decodeHeatMaps } from '../../../packages/core/src/detect/decode-heat-maps.ts';
import { type FloatTensor, float32 } from '../../../packages/core/src/tensor/index.ts';
import { plainRuntime } from '../node-runtime.ts';

const golden = fileURLToPath(new URL('../../golden/eyes', import.meta.url));
const numbers = JSON.parse(readFileSync(`${golden}/numbers.json`, 'utf8')) as {
  heat: number[];
  keypoints: [number, number, number][];
  matte: number[];
};

/** The picture of models/training/export_eyes.py. */
function picture(): FloatTensor {
  const values = new Float32Array(4 * 64 * 96);
  for (let i = 0; i < values.length; i++) values[i] = Math.sin(i * 0.37 + i * i * 1e-5);
  values.fill(0, 3 * 64 * 96);
  for (let y = 10; y < 50; y++) values.fill(1, (3 * 64 + y) * 96 + 20, (3 * 64 + y) * 96 + 70);
  return float32([1, 4, 64, 96], values);
}

const every = (data: Float32Array, step: number) => Array.from(data).filter((_, i) => i % step === 0);

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('the eyes as graphs', () => {
  it('give what PyTorch gives, batch norms unfolded', { timeout: 120_000 }, async () => {
    const network = await openEyes(golden);
    const keypoints = await plainRuntime.load(await network.graph('keypoints'));
    const matte = await plainRuntime.load(await network.graph('matte'));
    const heat = (await keypoints.run({ picture: picture() })).heat_maps as FloatTensor;
    const alpha = (await matte.run({ picture: picture() })).matte as FloatTensor;
    expect(heat.dims).toEqual([1, 17, 16, 24]);
    expect(alpha.dims).toEqual([1, 1, 64, 96]);
    // Folding and the order of sums change the last places of fp32; logits reach a few hundred.
    const largest = Math.max(...numbers.heat.map(Math.abs));
    expect(distance(every(heat.data, 97), numbers.heat)).toBeLessThan(1e-5 * largest + 1e-4);
    expect(distance(every(alpha.data, 61), numbers.matte)).toBeLessThan(1e-3);
    const found = decodeHeatMaps(heat, { stride: network.heatStride, window: network.window });
    found.forEach(([x, y, confidence], i) => {
      const [px, py, sure] = numbers.keypoints[i]!;
      expect(Math.hypot(x - px, y - py)).toBeLessThan(0.01);
      expect(Math.abs(confidence - sure)).toBeLessThan(1e-3);
    });
    await Promise.all([keypoints.dispose(), matte.dispose()]);
    await network.dispose();
  });

  it('cost less than a GFLOP a look', () => {
    const sizes = { stem: 16, levels: [32, 64, 96, 96], blocks: [1, 2, 2, 2], top: [48, 64, 96], matte: 16 };
    const forms = operatorForms('cpu');
    const look = countFlops(eyes(sizes, 'keypoints', { forms }), { picture: [1, 4, 192, 192] });
    const matte = countFlops(eyes(sizes, 'matte', { forms }), { picture: [1, 4, 256, 256] });
    expect(look.flops).toBeLessThan(0.6e9);
    expect(matte.flops).toBeLessThan(1e9);
  });
});
