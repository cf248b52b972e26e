import { StablePoseError, throwIfCancelled } from '../errors.ts';
import type { SamplerEvent, SamplerRun, Scheduler } from '../scheduler/index.ts';

export type StepEvent = Extract<SamplerEvent, { kind: 'step' }>;

export interface DenoiseOptions {
  readonly scheduler: Scheduler;
  readonly run: SamplerRun;
  /** The network with all that conditions it, guidance included. Returns as many values as the latents have. */
  readonly predictNoise: (
    latents: Float32Array,
    timestep: number,
    stepIndex: number,
  ) => Promise<Float32Array> | Float32Array;
  /** Changes the latents after a step, before the next one: inpainting's blend. */
  readonly adjust?: (step: StepEvent) => Promise<Float32Array> | Float32Array;
  /** Told of each step, with the latents that the next one starts from. Awaited: a preview may take its time. */
  readonly onStep?: (step: StepEvent) => Promise<void> | void;
  /** Looked at before each call of the model and after each step. */
  readonly signal?: AbortSignal;
}

/**
 * The denoising loop, the only one: does what the sampler asks until it is done, and returns the final latents.
 * @throws cancelled, invalid-request (the run does not fit the scheduler), device-wrong (a prediction that is no number)
 */
export async function denoise(options: DenoiseOptions): Promise<Float32Array> {
  const { scheduler, run, predictNoise, adjust, onStep, signal } = options;
  const sampling = scheduler.sample(run);
  let turn = sampling.next();
  while (!turn.done) {
    throwIfCancelled(signal);
    const event = turn.value;
    if (event.kind === 'predict') {
      const prediction = await predictNoise(event.latents, event.timestep, event.stepIndex);
      checkPrediction(prediction, event);
      turn = sampling.next(prediction);
    } else {
      const latents = adjust ? await adjust(event) : event.latents;
      await onStep?.({ ...event, latents });
      turn = sampling.next(latents);
    }
  }
  throwIfCancelled(signal);
  return turn.value;
}

/** A number that is none spreads over the whole picture; better said at its step than seen as a black picture. */
function checkPrediction(prediction: Float32Array, event: Extract<SamplerEvent, { kind: 'predict' }>): void {
  if (prediction.length !== event.latents.length) {
    throw new StablePoseError(
      'internal',
      `A noise prediction of ${event.latents.length} values was expected, got ${prediction.length}.`,
    );
  }
  if (!prediction.every(Number.isFinite)) {
    throw new StablePoseError(
      'device-wrong',
      `The noise prediction of step ${event.stepIndex} (timestep ${event.timestep}) holds values that are no numbers.`,
      { remedy: 'Run on another device, or with fp32 weights.' },
    );
  }
}
