import { previewLatents } from '../decode/index.ts';
import {
  createPredictNoise,
  denoise,
  keepKnownRegion,
  noisedLatents,
  type PreparedAdapter,
  startStepOf,
} from '../denoise/index.ts';
import { StablePoseError } from '../errors.ts';
import { type Raster, tensorToRaster } from '../image/index.ts';
import type { Size } from '../pose/index.ts';
import type { Graph } from '../runtime/index.ts';
import { findScheduler } from '../scheduler/index.ts';
import { float32 } from '../tensor/index.ts';
import type { Canvas } from './canvas.ts';
import { decodeTensor } from './decode-picture.ts';
import type { GenerationContext } from './generation-context.ts';
import { isPreviewStep } from './is-preview-step.ts';
import type { PoseConditioning } from './prepare-pose.ts';

export interface SamplingJob {
  readonly size: Size;
  readonly pose: PoseConditioning;
  readonly canvas: Canvas;
  /** Each call fresh standard normal noise of the latents' length; the first is the run's initial noise. */
  readonly noise: () => Float32Array;
  /** Of the whole run, before strength leaves some out. */
  readonly steps: number;
  readonly previews: boolean;
}

/** How many steps a run really takes. */
export function stepsTaken(
  { request, schedule }: Pick<GenerationContext, 'request' | 'schedule'>,
  steps: number,
  strength: number | undefined,
): number {
  const { spacing, exactSteps } = request;
  const plan = { schedule, steps, spacing, exactSteps };
  const count = findScheduler(request.scheduler).levels(plan).timesteps.length;
  return strength === undefined ? count : count - startStepOf(count, strength);
}

/** The graphs that run at each step. They stay the shelf's, so that asking again costs nothing. */
export async function loadNetwork(
  { parts }: GenerationContext,
  pose: PoseConditioning,
): Promise<{ readonly unet: Graph; readonly adapters: readonly PreparedAdapter[] }> {
  // The largest first: what opening needs beside the weights is most, and comes before the others lie in memory.
  const unet = await parts.base('unet');
  const adapters: PreparedAdapter[] = [];
  for (const { name, ...prepared } of pose.adapters) {
    const isStepwise = prepared.residuals === undefined;
    adapters.push(isStepwise ? { ...prepared, graph: await parts.adapter(name, 'adapter') } : prepared);
  }
  return { unet, adapters };
}

/** One picture's loop: noise, or noised latents of a picture, to latents `[C, h, w]`. */
export async function sampleLatents(context: GenerationContext, job: SamplingJob): Promise<Float32Array> {
  const { config, request, parts, schedule, signal, clock, text } = context;
  const { canvas, noise, steps } = job;
  const scheduler = findScheduler(request.scheduler);
  const { spacing, exactSteps, eta } = request;
  const plan = { schedule, steps, spacing, exactSteps };
  const levels = scheduler.levels(plan);
  const count = levels.timesteps.length;
  const initial = noise();
  const { original, strength = 1 } = canvas;
  const startStep = original ? startStepOf(count, strength) : 0;
  // At strength 1 nothing of the picture shines through: the run is that of a picture from nothing.
  const latents =
    original && strength < 1 ? noisedLatents(original, initial, levels.alphasCumprod[startStep]) : initial;
  const { factor, channels } = config.latents;
  const dims = [channels, job.size.height / factor, job.size.width / factor] as const;
  const { unet, adapters } = await loadNetwork(context, job.pose);
  const network = {
    unet,
    config: config.unet,
    dims,
    text,
    guidanceScale: request.guidanceScale,
    adapters,
    steps: count,
    extraChannels: canvas.extraChannels,
    loraStrengths: request.loras.map((lora) => lora.strength),
    signal,
  };
  let predictNoise = createPredictNoise(network);
  let rowByRow = false;
  const predictInMemory = async (x: Float32Array, timestep: number, stepIndex: number) => {
    try {
      return await predictNoise(x, timestep, stepIndex);
    } catch (error) {
      if (rowByRow || StablePoseError.from(error).code !== 'out-of-memory') throw error;
      rowByRow = true;
      await parts.releaseAllBut('network');
      predictNoise = createPredictNoise({ ...network, rowByRow });
      return predictNoise(x, timestep, stepIndex);
    }
  };
  let last = performance.now();
  const { known } = canvas;
  return denoise({
    scheduler,
    run: { ...plan, latents, startStep, noise, eta },
    predictNoise: predictInMemory,
    adjust:
      known && original
        ? (step) =>
            keepKnownRegion(step.latents, { original, noise: initial, mask: known }, step.alphaCumprod)
        : undefined,
    onStep: async ({ stepIndex, predictedOriginal }) => {
      const preview = job.previews ? await previewOf(context, predictedOriginal, dims, stepIndex) : undefined;
      const now = performance.now();
      clock.step(stepIndex - startStep + 1, count - startStep, (now - last) / 1000, preview);
      last = now;
    },
    signal,
  });
}

async function previewOf(
  context: GenerationContext,
  latents: Float32Array,
  dims: readonly [number, number, number],
  stepIndex: number,
): Promise<Raster | undefined> {
  const { previews } = context.request;
  const { toRgb } = context.config.latents;
  if (!isPreviewStep(previews, stepIndex + 1)) return undefined;
  const tensor = float32([1, ...dims], latents);
  if (previews.how === 'vae' && !context.parts.inTurn)
    return tensorToRaster(await decodeTensor(context, tensor));
  return toRgb ? previewLatents(tensor, toRgb) : undefined;
}
