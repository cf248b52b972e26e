import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWebRuntime, type OrtModule } from '@stable-pose/core/onnx-web';
import { float32, type Tensor } from '@stable-pose/core/tensor';
import { describe, expect, it } from 'vitest';
import { squareGraph, sumGraph } from './small-graphs.ts';

/** Chromium brings a Vulkan driver in software, and the library that loads it. */
const softwareDriver = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
].find((file) => existsSync(file));

/** A software driver compiles each shader for a second and more, and the UNet has some hundred. */
const slowParts = ['hint-encoder', 'vae-encoder', 'vae-decoder', 'unet', 'adapter'];
const parts = ['text-encoder', ...(process.env.STABLE_POSE_SLOW_TESTS ? slowParts : [])];

/** @param signal of the test: a process that outlives it would go on for minutes */
function runOnDawn(signal: AbortSignal): Promise<{ skipped?: string; errors?: Record<string, number> }> {
  const here = dirname(fileURLToPath(import.meta.url));
  const model = join(here, '../../conformance/reference/model/tiny.safetensors');
  const driver = softwareDriver
    ? { VK_ICD_FILENAMES: softwareDriver, LD_LIBRARY_PATH: dirname(softwareDriver) }
    : {};
  const flags = ['--conditions=source', '--import', 'tsx', join(here, 'run-on-dawn.ts'), model, ...parts];
  const child = spawn(process.execPath, flags, {
    env: { ...process.env, ...driver },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  return new Promise((resolve, reject) => {
    let [output, words] = ['', ''];
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      words += data;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(words))));
  });
}

describe('the WebGPU build of onnxruntime-web, on Dawn', () => {
  it(`runs the reference model's ${parts.join(', ')} as the CPU does`, { timeout: 600_000 }, async ({
    skip,
    signal,
  }) => {
    const { skipped, errors = {} } = await runOnDawn(signal);
    if (skipped) {
      console.warn(
        `SKIPPED: WebGPU in Node; ${skipped}. A Vulkan driver is needed: apt-get install chromium`,
      );
      skip(skipped);
    }
    expect(Object.keys(errors)).toEqual(parts);
    // fp32 on both, summed in another order: 1e-6 is usual, a wrong kernel gives 3e-2 and more.
    for (const [part, error] of Object.entries(errors)) expect(error, part).toBeLessThan(1e-4);
  });
});

describe('the WASM build of onnxruntime-web', async () => {
  const ort = (await import('onnxruntime-web/wasm')) as unknown as OrtModule & {
    env: { wasm: { numThreads: number } };
  };
  ort.env.wasm.numThreads = 1;

  it('proves itself and runs graphs with weights in a Blob', async () => {
    const runtime = await createWebRuntime({ ort, provider: 'wasm' });
    expect(runtime.description).toBe('wasm, 1 thread');
    const bytes = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4).buffer);
    const graph = await runtime.load(
      sumGraph(
        [{ name: 'a', location: 'weights', offset: 4 }],
        [{ kind: 'blob', location: 'weights', blob: new Blob([bytes]) }],
      ),
    );
    const { y } = (await graph.run({ x: float32([4]) })) as { y: Tensor };
    expect([...y.data]).toEqual([1, 2, 3, 4]);
    const square = await runtime.load(squareGraph());
    const { y: kept } = await square.run({ x: y }, { keep: ['y'] });
    expect(kept).toMatchObject({ kind: 'device', dims: [4] });
    const { y: fourth } = (await square.run({ x: kept! })) as { y: Tensor };
    expect([...fourth.data]).toEqual([1, 16, 81, 256]);
    await runtime.dispose();
  });

  it('refuses weights that are a file', async () => {
    const runtime = await createWebRuntime({ ort, provider: 'wasm' });
    const source = sumGraph(
      [{ name: 'a', location: 'w', offset: 0 }],
      [{ kind: 'file', location: 'w', path: '/w' }],
    );
    await expect(runtime.load(source)).rejects.toMatchObject({ code: 'invalid-input' });
    await runtime.dispose();
  });
});
