import { createPipeline, type GraphRuntime, StablePoseError } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import type { Bench, BenchCase } from '../bench-case.ts';
import { fullSizePair, openPair, type Precision } from '../full-size-pair.ts';
import { people } from '../people.ts';

const size = { width: 512, height: 512 };
const request = {
  prompt: 'a dancer on a stage',
  poses: people(1, size),
  ...size,
  steps: 2,
  guidanceScale: 7.5,
};

export const fullSizeCases: readonly BenchCase[] = [
  {
    name: 'open-in-place',
    what: 'opening the fp32 pair in place, until the first step of a 512 x 512 picture starts',
    full: true,
    limits: { seconds: 2, anonymousBytes: 0.5e9 },
    run: (bench) => openUntilFirstStep(bench, 'fp32', true),
  },
  {
    name: 'open-fp16',
    what: 'opening the fp16 pair in the default way, until the first step starts',
    full: true,
    limits: { seconds: 40 },
    run: (bench) => openUntilFirstStep(bench, 'fp16', false),
  },
  {
    name: 'picture',
    what: 'a 512 x 512 picture of the fp16 pair in two steps, opening included: peak memory',
    full: true,
    limits: { residentBytes: 14e9 },
    run: (bench) => makePicture(bench, false),
  },
  {
    name: 'picture-in-turn',
    what: 'the same with the parts in turn',
    full: true,
    limits: { residentBytes: 8e9 },
    run: (bench) => makePicture(bench, true),
  },
];

/** The runtime stands ready, as it does in a program that runs; the request is a whole one, stopped at its first step. */
async function openUntilFirstStep(
  bench: Bench,
  precision: Precision,
  weightsInPlace: boolean,
): Promise<number[]> {
  await fullSizePair(bench.folder, precision);
  const runtime = await createNodeRuntime({ device: 'cpu', weightsInPlace });
  await bench.begin();
  const begin = performance.now();
  const { model, adapter } = await openPair(bench.folder, precision);
  const stop = new AbortController();
  let seconds: number | undefined;
  const pipeline = createPipeline({
    runtime: beforeFirstStep(runtime, () => {
      seconds = (performance.now() - begin) / 1000;
      stop.abort();
    }),
    model,
    adapters: { adapter },
  });
  try {
    await pipeline.generate(request, { signal: stop.signal });
  } catch (error) {
    if (StablePoseError.from(error).code !== 'cancelled') throw error;
  }
  await bench.end();
  await runtime.dispose();
  if (seconds === undefined) throw new Error('No step was seen to start.');
  return [seconds];
}

/** A runtime that tells when the first network of the loop is about to run. */
function beforeFirstStep(runtime: GraphRuntime, tell: () => void): GraphRuntime {
  return {
    provider: runtime.provider,
    description: runtime.description,
    availableMemory: () => runtime.availableMemory?.() ?? Promise.resolve(undefined),
    loadCost: runtime.loadCost && ((source, options) => runtime.loadCost!(source, options)),
    load: async (source, options) => {
      const graph = await runtime.load(source, options);
      return {
        inputNames: graph.inputNames,
        outputNames: graph.outputNames,
        run: (inputs, options) => {
          if ('timestep_embedding' in inputs) tell();
          return graph.run(inputs, options);
        },
        dispose: () => graph.dispose(),
      };
    },
    dispose: () => runtime.dispose(),
  };
}

async function makePicture(bench: Bench, partsInTurn: boolean): Promise<number[]> {
  await fullSizePair(bench.folder, 'fp16');
  await bench.begin();
  const begin = performance.now();
  const { model, adapter } = await openPair(bench.folder, 'fp16');
  const runtime = await createNodeRuntime({ device: 'cpu' });
  const pipeline = createPipeline({ runtime, model, adapters: { adapter }, partsInTurn });
  const { timings } = await pipeline.generate(request);
  const seconds = (performance.now() - begin) / 1000;
  await bench.end();
  bench.note(
    Object.entries(timings)
      .map(([stage, took]) => `${stage} ${took.toFixed(1)} s`)
      .join(', '),
  );
  await pipeline.dispose();
  await runtime.dispose();
  return [seconds];
}
