import { float32, StablePoseError } from '@stable-pose/core';
import { createWebRuntime } from '@stable-pose/core/onnx-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChosenCore } from '../../../packages/sdk/src/web/choose-core.ts';
import type { EngineCore } from '../../../packages/sdk/src/web/engine-core.ts';
import { WebEngine } from '../../../packages/sdk/src/web/web-engine.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { openSite, type Site } from './open-site.ts';

/** A core that loses its device in its first runs; each picture is one pixel of the core's number. */
function losingCores(losses: number) {
  let started = 0;
  let left = losses;
  const openCore = async (): Promise<ChosenCore> => {
    const number = ++started;
    const core: EngineCore = {
      device: `core ${number}`,
      addModel: async ({ id = 'model' }) => ({ id, adapters: [], loras: [], embeddings: [] }) as never,
      removeModel: async () => {},
      async generate() {
        if (left-- > 0) throw new StablePoseError('device-lost', 'The device webgpu was lost.');
        const raster = { width: 1, height: 1, channels: 3, data: Uint8Array.of(number, 0, 0) } as const;
        return { pictures: [{ raster, seed: 0, request: {} as never, warnings: [] }], timings: {} };
      },
      detectPose: async () => [],
      matte: async (picture) => picture,
      // A device that is gone may never answer.
      close: () => new Promise(() => {}),
    };
    return { core, device: 'webgpu', thread: 'main', advice: [] };
  };
  return { openCore, started: () => started };
}

describe('an engine whose device is lost', () => {
  const request = { prompt: 'a person', poses: [] };

  it('makes the request once more on a fresh device', async () => {
    const { openCore, started } = losingCores(1);
    const engine = new WebEngine({ openCore, models: [{ files: {} }] });
    const { pictures } = await engine.generate(request);
    expect(pictures[0]!.raster.data[0]).toBe(2);
    expect((await engine.describe()).device).toBe('core 2, in the page itself');
    expect(started()).toBe(2);
    await engine.dispose();
  });

  it('says device-lost when it is lost again, and works the next time', async () => {
    const { openCore, started } = losingCores(2);
    const engine = new WebEngine({ openCore, models: [{ files: {} }] });
    await expect(engine.generate(request)).rejects.toMatchObject({ code: 'device-lost' });
    expect((await engine.generate(request)).pictures[0]!.raster.data[0]).toBe(3);
    expect(started()).toBe(3);
    await engine.dispose();
  });
});

describe('a runtime whose device is lost', () => {
  it('rejects what is under way, though onnxruntime never answers, and everything after', async () => {
    let lose: (info: { message: string }) => void = () => {};
    const lost = new Promise<{ message: string }>((resolve) => {
      lose = resolve;
    });
    const ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.numThreads = 1;
    let isStuck = false;
    const stuck = {
      Tensor: ort.Tensor,
      InferenceSession: {
        async create(model: Uint8Array, options: object) {
          const session = await ort.InferenceSession.create(model, {
            ...options,
            executionProviders: ['wasm'],
            preferredOutputLocation: 'cpu',
          });
          const run = session.run.bind(session);
          session.run = ((feeds: never) => (isStuck ? new Promise(() => {}) : run(feeds))) as never;
          return session;
        },
      },
    };
    const runtime = await createWebRuntime({
      ort: stuck as never,
      provider: 'webgpu',
      device: { lost, destroy() {} },
    });
    const { squareGraph } = await import('../../core/runtime/small-graphs.ts');
    const graph = await runtime.load(squareGraph());
    isStuck = true;
    const running = graph.run({ x: float32([2]) });
    const waiting = graph.run({ x: float32([2]) });
    lose({ message: 'Device was destroyed' });
    for (const work of [running, waiting, graph.run({ x: float32([2]) }), runtime.load(squareGraph())]) {
      await expect(work).rejects.toMatchObject({
        code: 'device-lost',
        message: 'The device webgpu was lost: Device was destroyed. Try again, or choose the device wasm.',
      });
    }
    await graph.dispose();
    await runtime.dispose();
  });
});

describe.skipIf(!chromiumPath)('WebGPU in Chromium, on its software adapter', { timeout: 600_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({ args: ['--enable-unsafe-webgpu'] });
  }, 120_000);
  afterAll(() => site?.close());

  it('proves itself on a device of ours, and says device-lost when the device goes', async () => {
    const tab = await site.open();
    const report = await tab.evaluate(async () => {
      const gpu = (navigator as unknown as { gpu: { requestAdapter(): Promise<never> } }).gpu;
      const adapter = await gpu.requestAdapter();
      const found = await page.probeWebGpu();
      const device = await page.createWebGpuDevice(adapter);
      const runtime = await page.createWebRuntime({ provider: 'webgpu', device });
      const graph = await runtime.load(page.squareGraph());
      const x = page.float32([3], Float32Array.of(1, 2, 3));
      const { y } = await graph.run({ x }, { keep: ['y'] });
      const { y: fourth } = await graph.run({ x: y! });
      const kept = y?.kind;
      const values = fourth?.kind === 'cpu' ? [...fourth.data] : [];
      const running = page.failure(graph.run({ x }));
      device.destroy();
      const after = page.failure(graph.run({ x }));
      const failures = [await running, await after];
      await runtime.dispose();
      // The same module takes another device.
      const next = await page.createWebRuntime({ provider: 'webgpu' });
      const again = await (await next.load(page.squareGraph())).run({ x });
      await next.dispose();
      return {
        found,
        fused: runtime.fusedAttention,
        kept,
        values,
        failures: failures.map((failure) => failure?.code),
        again: again.y?.kind === 'cpu' ? [...again.y.data] : [],
        description: next.description,
      };
    });
    expect(report).toMatchObject({
      found: 'software',
      fused: true,
      kept: 'device',
      values: [1, 16, 81],
      again: [1, 4, 9],
    });
    // What was under way may have ended before.
    expect([undefined, 'device-lost']).toContain(report.failures[0]);
    expect(report.failures[1]).toBe('device-lost');
    expect(report.description).toMatch(/^webgpu, .*\(software\)$/);
    await tab.close();
  });
});
