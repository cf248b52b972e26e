import type { Graph, GraphRuntime } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import type { Tensor } from '@stable-pose/core/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measureRuntime, proveRuntime } from '../../../packages/core/src/runtime/onnx/prove-runtime.ts';

let runtime: GraphRuntime;
beforeAll(async () => {
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
});
afterAll(() => runtime.dispose());

/** A runtime that is right but for one graph, whose result it changes. */
function lying(about: string, change: (data: Float32Array) => void): GraphRuntime {
  return {
    ...runtime,
    provider: runtime.provider,
    description: 'a lying device',
    dispose: async () => {},
    load: async (source): Promise<Graph> => {
      const graph = await runtime.load(source);
      if (!source.name.includes(about)) return graph;
      return {
        ...graph,
        run: async (inputs) => {
          const { y } = (await graph.run(inputs)) as { y: Tensor<'float32'> };
          change(y.data);
          return { y };
        },
      };
    },
  };
}

describe('a device proves itself', () => {
  it('accepts one that is right', async () => {
    await proveRuntime(runtime);
  });

  it('refuses attention that loses the last keys', async () => {
    const lie = lying(' attention', (data) => {
      for (let i = 0; i < data.length; i++) data[i] *= 1.03;
    });
    await expect(proveRuntime(lie)).rejects.toMatchObject({
      code: 'device-wrong',
      message: expect.stringMatching(
        /computes attention wrongly: its result is off by 3.* %.*choose the device cpu/,
      ),
    });
  });

  it('refuses a convolution cut short', async () => {
    const lie = lying('convolution', (data) => data.fill(0, data.length / 2));
    await expect(proveRuntime(lie)).rejects.toMatchObject({ code: 'device-wrong' });
  });

  it('refuses numbers that are none', async () => {
    const lie = lying('convolution', (data) => data.fill(Number.NaN, 0, 1));
    await expect(proveRuntime(lie)).rejects.toMatchObject({
      code: 'device-wrong',
      message: expect.stringContaining('gives no numbers'),
    });
  });

  it('measures how fast it is', async () => {
    expect(await measureRuntime(runtime)).toBeGreaterThan(0);
  });
});
