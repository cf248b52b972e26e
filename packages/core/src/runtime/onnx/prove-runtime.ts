import type { ExecutionProvider, GraphSource } from '../../contract/graphs.ts';
import { StablePoseError } from '../../errors.ts';
import { type FloatTensor, float32, sizeOf } from '../../tensor/tensor.ts';
import type { GraphRuntime } from '../graph-runtime.ts';
import { selfTestGraphs } from './self-test-graphs.ts';

/**
 * Greatest rms error, as a share of the rms value. TF32 (NVIDIA's default for float32) errs by about 1e-3; the faults that
 * this test is for (attention that loses all key blocks but the first, tensors cut at a buffer's limit) by 3 to 90 %.
 */
const tolerance = 0.01;

/** Providers for which our graphs never hold MultiHeadAttention (models' operator forms), so that it need not be right. */
const withoutFusedAttention: readonly ExecutionProvider[] = ['webgpu', 'coreml'];

export interface ProofOptions {
  /** Whether fused attention must be right; left out: where our graphs hold it. */
  readonly fusedAttention?: boolean;
}

/**
 * Lets a runtime prove itself on an attention over 160 tokens (several blocks of keys) and a convolution, against the same
 * in plain arithmetic.
 * @throws device-wrong naming what is computed wrongly; whatever loading and running throw
 */
export async function proveRuntime(runtime: GraphRuntime, options: ProofOptions = {}): Promise<void> {
  const heads = 2;
  const tokens = 160;
  const width = 16;
  const [q, k, v] = [0.7, 1.3, 2.1].map((phase) => wave([1, heads, tokens, width], phase)) as [
    FloatTensor,
    FloatTensor,
    FloatTensor,
  ];
  const expected = attend(q, k, v);
  await check(runtime, 'attention', { q, k, v }, expected);
  if (options.fusedAttention ?? !withoutFusedAttention.includes(runtime.provider)) {
    const [rowsQ, rowsK, rowsV] = [q, k, v].map(headsToRows) as [FloatTensor, FloatTensor, FloatTensor];
    await check(runtime, 'fusedAttention', { q: rowsQ, k: rowsK, v: rowsV }, headsToRows(expected));
  }
  const x = wave([1, 24, 20, 12], 0.4);
  const weight = wave([40, 24, 3, 3], 1.9);
  await check(runtime, 'convolution', { x, weight }, convolve(x, weight));
}

/**
 * How fast 3x3 convolutions are, in GFLOP/s: tells a graphics card from a program that imitates one. A small one first; one
 * of 1.2 GFLOP where the small one was quick.
 */
export async function measureRuntime(runtime: GraphRuntime): Promise<number> {
  const graph = await runtime.load(source('convolution'));
  let speed = 0;
  try {
    for (const [channels, side] of [
      [32, 32],
      [128, 64],
    ] as const) {
      const inputs = {
        x: wave([1, channels, side, side], 0.4),
        weight: wave([channels, channels, 3, 3], 1.9),
      };
      // The first run compiles and allocates.
      await graph.run(inputs);
      const start = performance.now();
      await graph.run(inputs);
      const milliseconds = performance.now() - start;
      speed = (2 * 9 * channels * channels * side * side) / milliseconds / 1e6;
      if (milliseconds > 50) break;
    }
    return speed;
  } finally {
    await graph.dispose();
  }
}

async function check(
  runtime: GraphRuntime,
  name: keyof typeof selfTestGraphs,
  inputs: Record<string, FloatTensor>,
  expected: FloatTensor,
): Promise<void> {
  const graph = await runtime.load(source(name));
  try {
    const { y } = await graph.run(inputs);
    const error = y?.kind === 'cpu' ? relativeError(y.data as Float32Array, expected.data) : Number.NaN;
    if (error <= tolerance) return;
    const words = name === 'convolution' ? 'a convolution' : 'attention';
    const amount = Number.isNaN(error) ? 'gives no numbers' : `is off by ${(100 * error).toPrecision(2)} %`;
    throw new StablePoseError(
      'device-wrong',
      `The device ${runtime.provider} computes ${words} wrongly: its result ${amount}, where at most ${100 * tolerance} % is expected.`,
      { remedy: 'Update its driver, or choose the device cpu.', details: { graph: name, error } },
    );
  } finally {
    await graph.dispose();
  }
}

function source(name: keyof typeof selfTestGraphs): GraphSource {
  const text = atob(selfTestGraphs[name]);
  const model = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { name: `self-test ${name}`, model, externalData: [], weightBytes: 0 };
}

/** Values in [-1, 1] without a pattern that a wrong kernel could hit by chance. */
function wave(dims: readonly number[], phase: number): FloatTensor {
  const data = new Float32Array(sizeOf(dims));
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(phase + i * 1.618 + (i % 37) * phase);
  return float32(dims, data);
}

/** softmax(q k^T) v per head, [1,H,N,D]. */
function attend(q: FloatTensor, k: FloatTensor, v: FloatTensor): FloatTensor {
  const [, heads, tokens, width] = q.dims as [number, number, number, number];
  const result = float32(q.dims);
  const weights = new Float64Array(tokens);
  for (let head = 0; head < heads; head++) {
    const base = head * tokens * width;
    for (let i = 0; i < tokens; i++) {
      let sum = 0;
      for (let j = 0; j < tokens; j++) {
        let logit = 0;
        for (let d = 0; d < width; d++) logit += q.data[base + i * width + d] * k.data[base + j * width + d];
        // |logit| <= width, so that exp needs no maximum taken off.
        weights[j] = Math.exp(logit);
        sum += weights[j];
      }
      for (let d = 0; d < width; d++) {
        let value = 0;
        for (let j = 0; j < tokens; j++) value += weights[j] * v.data[base + j * width + d];
        result.data[base + i * width + d] = value / sum;
      }
    }
  }
  return result;
}

/** [1,H,N,D] -> [1,N,H*D] */
function headsToRows(x: FloatTensor): FloatTensor {
  const [, heads, tokens, width] = x.dims as [number, number, number, number];
  const result = float32([1, tokens, heads * width]);
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < tokens; token++) {
      const from = (head * tokens + token) * width;
      result.data.set(x.data.subarray(from, from + width), (token * heads + head) * width);
    }
  }
  return result;
}

/** 3x3 convolution padded by one: x [1,C,H,W], weight [O,C,3,3] -> [1,O,H,W]. */
function convolve(x: FloatTensor, weight: FloatTensor): FloatTensor {
  const [, channels, height, width] = x.dims as [number, number, number, number];
  const outputs = weight.dims[0]!;
  const result = float32([1, outputs, height, width]);
  for (let output = 0; output < outputs; output++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let channel = 0; channel < channels; channel++) {
          for (let tap = 0; tap < 9; tap++) {
            const y = row + Math.floor(tap / 3) - 1;
            const z = column + (tap % 3) - 1;
            if (y < 0 || y >= height || z < 0 || z >= width) continue;
            sum +=
              x.data[(channel * height + y) * width + z] *
              weight.data[(output * channels + channel) * 9 + tap];
          }
        }
        result.data[(output * height + row) * width + column] = sum;
      }
    }
  }
  return result;
}

function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.NaN;
  let error = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    size += expected[i] ** 2;
  }
  return Math.sqrt(error / size);
}
