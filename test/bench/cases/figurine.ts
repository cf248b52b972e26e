import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPipeline, type GraphRuntime } from '@stable-pose/core';
import type { GraphSource } from '@stable-pose/core/contract';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { createWebRuntime, type OrtModule } from '@stable-pose/core/onnx-web';
import { openAdapter, openModel } from '@stable-pose/models';
import { type Bench, type BenchCase, BenchSkip } from '../bench-case.ts';
import { people } from '../people.ts';
import { repositoryRoot } from '../run-case.ts';

const steps = 20;

export const figurineCases: readonly BenchCase[] = [
  {
    name: 'figurine-node',
    what: 'figurine, a 256 x 256 picture in 20 guided steps, onnxruntime-node, warm',
    limits: { seconds: 6 },
    run: (bench) =>
      makePictures(
        bench,
        () => createNodeRuntime({ device: 'cpu' }),
        (source) => source,
        3,
      ),
  },
  {
    name: 'figurine-wasm',
    what: 'the same, onnxruntime-web, WASM on one thread, warm',
    run: (bench) => makePictures(bench, startWasm, inMemory(), 2),
  },
];

/** The model that ships, or the one that STABLE_POSE_MODEL names while there is none. */
export function figurineFolder(): string {
  const shipped = join(repositoryRoot, 'models/figurine');
  if (readdirSync(shipped).some((name) => name.endsWith('.safetensors'))) return shipped;
  const named = process.env.STABLE_POSE_MODEL;
  if (named && existsSync(named)) return named;
  throw new BenchSkip('models/figurine holds no weights, and STABLE_POSE_MODEL names no other model.');
}

async function makePictures(
  bench: Bench,
  start: () => Promise<GraphRuntime>,
  place: (source: GraphSource) => GraphSource | Promise<GraphSource>,
  times: number,
): Promise<number[]> {
  const path = figurineFolder();
  if (!path.startsWith(repositoryRoot)) bench.note('with the model that STABLE_POSE_MODEL names');
  const begin = performance.now();
  const model = await openModel({ path });
  const adapter = await openAdapter({ path });
  const runtime = await start();
  const placing: GraphRuntime = {
    provider: runtime.provider,
    description: runtime.description,
    load: async (source, options) => runtime.load(await place(source), options),
    dispose: () => runtime.dispose(),
  };
  const pipeline = createPipeline({ runtime: placing, model, adapters: { adapter } });
  const { width, height } = model.config.nativeSize;
  const request = {
    prompt: 'a woman in a red dress, a beach',
    poses: people(1, { width, height }),
    steps,
    guidanceScale: 5,
  };
  const seconds: number[] = [];
  for (let i = 0; i <= times; i++) {
    const from = performance.now();
    const { timings } = await pipeline.generate({ ...request, seed: i });
    if (i === 0) {
      bench.note(
        `the first picture, model and runtime started: ${((performance.now() - begin) / 1000).toFixed(1)} s`,
      );
      await bench.begin();
      continue;
    }
    seconds.push((performance.now() - from) / 1000);
    if (i === times) {
      const stages = Object.entries(timings).map(([stage, took]) => `${stage} ${took.toFixed(2)} s`);
      bench.note(`stages of the last picture: ${stages.join(', ')}`);
    }
  }
  await bench.end();
  await pipeline.dispose();
  await runtime.dispose();
  await adapter.dispose();
  await model.dispose();
  return seconds;
}

async function startWasm(): Promise<GraphRuntime> {
  const ort = await import('onnxruntime-web/wasm');
  ort.env.wasm.numThreads = 1;
  return createWebRuntime({ ort: ort as unknown as OrtModule, provider: 'wasm' });
}

/** A page has no files: weights are handed over as bytes, each file read once. */
function inMemory(): (source: GraphSource) => Promise<GraphSource> {
  const files = new Map<string, Promise<Uint8Array>>();
  const read = (path: string) => {
    const bytes = files.get(path) ?? readFile(path);
    files.set(path, bytes);
    return bytes;
  };
  return async (source) => ({
    ...source,
    externalData: await Promise.all(
      source.externalData.map(async (data) =>
        data.kind === 'file'
          ? { kind: 'bytes' as const, location: data.location, bytes: await read(data.path) }
          : data,
      ),
    ),
  });
}
