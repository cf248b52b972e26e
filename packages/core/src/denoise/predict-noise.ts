import type { ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Graph } from '../runtime/index.ts';
import { type DeviceTensor, type FloatTensor, float32, type Tensor } from '../tensor/index.ts';
import { guide } from './guidance.ts';
import { timestepEmbedding } from './timestep-embedding.ts';

/** What the words say. Without `uncond` there is no guidance, and only conditional rows run. */
export interface TextConditioning {
  /** `[1, T, D]` */
  readonly cond: FloatTensor;
  /** `[1, T, D]`, the same T. */
  readonly uncond?: FloatTensor;
}

/** An adapter made ready for one picture: all that does not depend on the step is computed. */
export interface PreparedAdapter {
  /** Acts on steps i of n with from n <= i < to n. */
  readonly from: number;
  readonly to: number;
  /** Run at each step: `residual_i`. Absent for an adapter that adds the same at each step. */
  readonly graph?: Graph;
  /** Inputs of `graph` besides latents, time and text. */
  readonly inputs: Readonly<Record<string, Tensor | DeviceTensor>>;
  /** The same at each step, by the UNet's input names. */
  readonly residuals?: Readonly<Record<string, FloatTensor>>;
}

export interface PredictNoiseOptions {
  readonly unet: Graph;
  readonly config: ModelConfig['unet'];
  /** Channels, height and width of the latents. */
  readonly dims: readonly [channels: number, height: number, width: number];
  readonly text: TextConditioning;
  readonly guidanceScale: number;
  readonly adapters?: readonly PreparedAdapter[];
  /** Steps of the whole run, for the adapters' range. */
  readonly steps: number;
  /** Channels that an inpainting UNet sees beside the latents: mask, masked picture's latents; `[c, h, w]`. */
  readonly extraChannels?: Float32Array;
  readonly loraStrengths?: readonly number[];
  /** Run the UNet's two rows one after the other: slower, in about half the memory. The adapters still see the pair. */
  readonly rowByRow?: boolean;
  readonly signal?: AbortSignal;
}

type Inputs = Record<string, Tensor | DeviceTensor>;

/**
 * The network with all that conditions it, for one picture: what the loop calls. The guidance pair runs in one call,
 * unconditional row first; residuals of several adapters are summed. Residuals of a single adapter stay on the device.
 *
 * @returns a function of latents `[C, h, w]` in variance-preserving form, timestep and step index, to the guided noise
 *   prediction; it throws what the runtime throws
 */
export function createPredictNoise(
  options: PredictNoiseOptions,
): (latents: Float32Array, timestep: number, stepIndex: number) => Promise<Float32Array> {
  const { unet, config, dims, text, guidanceScale, adapters = [], steps, signal } = options;
  const rows = text.uncond === undefined ? 1 : 2;
  const [channels, height, width] = dims;
  const embedding = text.uncond === undefined ? text.cond : stacked(text.uncond, text.cond);
  const absent = absentResiduals(config);
  const fixed: Inputs = { ...absent, encoder_hidden_states: embedding };
  if (unet.inputNames.includes('lora_strengths')) {
    const strengths = options.loraStrengths ?? [];
    fixed.lora_strengths = float32([strengths.length], Float32Array.from(strengths));
  }

  return async (latents, timestep, stepIndex) => {
    const both = repeated(latents, rows);
    const time = timestepEmbedding(new Array(rows).fill(timestep), config.timestepEmbeddingWidth);
    const step: Inputs = {
      latents: float32([rows, channels, height, width], both),
      timestep_embedding: time,
      encoder_hidden_states: embedding,
    };
    const acting = adapters.filter(({ from, to }) => from * steps <= stepIndex && stepIndex < to * steps);
    const apart = rows === 2 && options.rowByRow === true;
    const residuals = await residualsOf(acting, step, acting.length === 1 && !apart, signal);
    const inputs: Inputs = {
      ...fixed,
      ...residuals,
      latents: unetLatents(latents, options.extraChannels, rows, dims),
      timestep_embedding: time,
    };
    try {
      if (apart) {
        const uncond = await runUnet(unet, rowOf(inputs, 0), signal);
        return guide(uncond, await runUnet(unet, rowOf(inputs, 1), signal), guidanceScale);
      }
      const values = await runUnet(unet, inputs, signal);
      const size = values.length / rows;
      return rows === 1
        ? values
        : guide(values.subarray(0, size), values.subarray(size, 2 * size), guidanceScale);
    } finally {
      release(residuals);
    }
  };
}

async function runUnet(unet: Graph, inputs: Inputs, signal: AbortSignal | undefined): Promise<Float32Array> {
  const { noise_prediction: prediction } = await unet.run(inputs, { signal });
  if (prediction?.kind !== 'cpu' || prediction.type !== 'float32') {
    throw new StablePoseError('internal', 'The UNet should give noise_prediction as float32 in CPU memory.');
  }
  return prediction.data as Float32Array;
}

/** One row of every input that has two. */
function rowOf(inputs: Inputs, row: number): Inputs {
  const rows = inputs.latents?.dims[0] ?? 1;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => {
      if (name === 'lora_strengths' || value.dims[0] !== rows || value.kind !== 'cpu') return [name, value];
      const size = value.data.length / rows;
      const data = (value.data as Float32Array).subarray(row * size, (row + 1) * size);
      return [name, float32([1, ...value.dims.slice(1)], data)];
    }),
  );
}

/**
 * The sum of what the acting adapters add.
 * @param keep leave the outputs of the only adapter on the device; whoever calls disposes them
 */
async function residualsOf(
  adapters: readonly PreparedAdapter[],
  step: Inputs,
  keep: boolean,
  signal: AbortSignal | undefined,
): Promise<Inputs> {
  const sums: Inputs = {};
  for (const { graph, inputs, residuals } of adapters) {
    if (residuals) addTo(sums, residuals);
    if (graph) {
      const kept = keep ? graph.outputNames : [];
      const outputs = await graph.run({ ...step, ...inputs }, { keep: kept, signal });
      if (keep) Object.assign(sums, outputs);
      else addTo(sums, outputs);
    }
  }
  return sums;
}

function addTo(sums: Inputs, more: Readonly<Record<string, Tensor | DeviceTensor>>): void {
  for (const [name, value] of Object.entries(more)) {
    if (value.kind !== 'cpu')
      throw new StablePoseError('internal', `${name} should be in CPU memory to be summed.`);
    const before = sums[name];
    if (before?.kind !== 'cpu') {
      sums[name] = value;
      continue;
    }
    sums[name] = summed(before, value);
  }
}

/** a + b, where one may have a single row for all of the other's. */
function summed(a: Tensor, b: Tensor): FloatTensor {
  const [more, less] = a.data.length >= b.data.length ? [a, b] : [b, a];
  const [values, added] = [more.data as Float32Array, less.data as Float32Array];
  return float32(
    more.dims,
    values.map((value, i) => value + added[i % added.length]),
  );
}

function release(tensors: Inputs): void {
  for (const value of Object.values(tensors)) if (value.kind === 'device') value.dispose();
}

/** Zeros of one value, which broadcast, for every residual that the UNet takes. */
function absentResiduals({ residuals, encoderResiduals }: ModelConfig['unet']): Inputs {
  const names = [
    ...residuals.map((_, i) => `residual_${i}`),
    ...encoderResiduals.map((_, i) => `encoder_residual_${i}`),
  ];
  return Object.fromEntries(names.map((name) => [name, float32([1, 1, 1, 1])]));
}

function unetLatents(
  latents: Float32Array,
  extra: Float32Array | undefined,
  rows: number,
  [channels, height, width]: readonly [number, number, number],
): FloatTensor {
  if (extra === undefined) return float32([rows, channels, height, width], repeated(latents, rows));
  const row = new Float32Array(latents.length + extra.length);
  row.set(latents);
  row.set(extra, latents.length);
  return float32([rows, row.length / (height * width), height, width], repeated(row, rows));
}

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}

function stacked(first: FloatTensor, second: FloatTensor): FloatTensor {
  if (first.dims.join() !== second.dims.join()) {
    throw new StablePoseError(
      'invalid-input',
      `Both text embeddings must have the same dims, got [${first.dims}] and [${second.dims}].`,
    );
  }
  const data = new Float32Array(first.data.length + second.data.length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return float32([2, ...first.dims.slice(1)], data);
}
