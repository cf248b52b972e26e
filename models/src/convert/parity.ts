import type { GraphRuntime } from '@stable-pose/core';
import type { GraphSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { float32, normalNoise, type Tensor, tensor } from '@stable-pose/core/tensor';
import type { GraphEdge } from '../onnx/onnx-graph.ts';

/** Sizes that stand for a graph's dynamic dimensions while it is compared. */
export interface ParityDims {
  /** Latent cells a side. */
  readonly side: number;
  readonly tokens: number;
  readonly vocabulary: number;
}

/**
 * Runs graphs on the same seeded inputs and says how near the outputs of each are to the reference's: the peak
 * signal-to-noise ratio of the worst output, 20 log10(range / rms difference), range being the reference output's largest
 * minus smallest value. One is loaded after the other is disposed, so no more than one graph is in memory.
 * @returns decibels in the order of the converted graphs; null where every output is equal
 */
export async function comparePsnr(
  runtime: GraphRuntime,
  reference: GraphSource,
  converted: readonly GraphSource[],
  edges: readonly GraphEdge[],
  dims: ParityDims,
): Promise<(number | null)[]> {
  const inputs = parityInputs(edges, dims);
  const expected = await runOnce(runtime, reference, inputs);
  const found: (number | null)[] = [];
  for (const source of converted) {
    const actual = await runOnce(runtime, source, inputs);
    let worst: number | null = null;
    for (const [name, output] of Object.entries(expected)) {
      const psnr = psnrOf(output, actual[name]);
      if (psnr !== null && (worst === null || psnr < worst)) worst = psnr;
    }
    found.push(worst);
  }
  return found;
}

async function runOnce(
  runtime: GraphRuntime,
  source: GraphSource,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Float32Array>> {
  const graph = await runtime.load(source);
  try {
    const outputs: Record<string, Float32Array> = {};
    for (const [name, output] of Object.entries(await graph.run(inputs))) {
      const { data } = output.kind === 'device' ? await output.read() : output;
      outputs[name] = Float32Array.from(data);
    }
    return outputs;
  } finally {
    await graph.dispose();
  }
}

/** @throws internal when the outputs differ in size or are not finite */
export function psnrOf(expected: Float32Array, actual: Float32Array | undefined): number | null {
  if (actual?.length !== expected.length || expected.length === 0) {
    throw new StablePoseError('internal', 'Two graphs that shall be equal have outputs of different sizes.');
  }
  let [low, high, squares] = [Infinity, -Infinity, 0];
  for (let i = 0; i < expected.length; i += 1) {
    low = Math.min(low, expected[i]!);
    high = Math.max(high, expected[i]!);
    squares += (expected[i]! - actual[i]!) ** 2;
  }
  if (squares === 0) return null;
  // NaN anywhere is the worst there is.
  if (!Number.isFinite(squares)) return -Infinity;
  return 20 * Math.log10((high - low) / Math.sqrt(squares / expected.length));
}

/** Inputs of plausible sizes and kinds for a graph's edges, the same every time. */
export function parityInputs(edges: readonly GraphEdge[], dims: ParityDims): Record<string, Tensor> {
  const noise = normalNoise(20);
  const { side, tokens, vocabulary } = dims;
  const named: Readonly<Record<string, number>> = {
    B: 2,
    R: 1,
    T: tokens,
    E: 1,
    L: 1,
    N: (side / 2) ** 2,
    h: side,
    w: side,
    H: side * 8,
    W: side * 8,
  };
  return Object.fromEntries(
    edges.map(({ name, type, dims: stated }) => {
      // Residuals' own dimensions are free: a single zero broadcasts.
      const shape = stated.map((dim) => (typeof dim === 'number' ? dim : (named[dim] ?? 1)));
      const size = shape.reduce((product, dim) => product * dim, 1);
      if (type === 'int32') {
        return [
          name,
          tensor(
            'int32',
            shape,
            Int32Array.from({ length: size }, (_, i) => (i * 7919) % vocabulary),
          ),
        ];
      }
      const values = size < 16 ? Float32Array.from({ length: size }, (_, i) => 1 / (i + 1)) : noise(size);
      if (name === 'pose_tokens')
        return [
          name,
          float32(
            shape,
            values.map((value) => (value > 0 ? 1 : 0)),
          ),
        ];
      if (name === 'image' || name === 'hint_image') {
        return [
          name,
          float32(
            shape,
            values.map((value) => Math.max(-1, Math.min(1, value))),
          ),
        ];
      }
      return [name, float32(shape, values)];
    }),
  );
}
