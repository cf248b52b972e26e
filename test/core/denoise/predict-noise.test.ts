import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdapter, openModel } from '../../../models/src/on-disk.ts';
import type { AdapterSource, ModelSource } from '../../../packages/core/src/contract/index.ts';
import {
  createPredictNoise,
  denoise,
  type PreparedAdapter,
} from '../../../packages/core/src/denoise/index.ts';
import { decodePng } from '../../../packages/core/src/image/index.ts';
import { patchMasks, poseMasks } from '../../../packages/core/src/mask/index.ts';
import { createNodeRuntime } from '../../../packages/core/src/onnx-node.ts';
import { hintFromRaster } from '../../../packages/core/src/pose/index.ts';
import type { Graph, GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { findScheduler, makeNoiseSchedule } from '../../../packages/core/src/scheduler/index.ts';
import { type FloatTensor, float32 } from '../../../packages/core/src/tensor/index.ts';
import { tolerance, worstDifference } from '../../models/architectures/reference.ts';
import {
  referenceBytes,
  referenceJson,
  referencePath,
  referenceTensors,
} from '../../support/reference-set.ts';

const recorded = referenceTensors('09_samplers/ddim4_eta1.safetensors');
const state = (name: string, index?: number): Float32Array => {
  const { data } = recorded.get(name, 'F32');
  const size = 4 * 64 * 64;
  return index === undefined ? data : data.subarray(index * size, (index + 1) * size);
};
let runtime: GraphRuntime;
let model: ModelSource;
let adapter: AdapterSource;
let unet: Graph;
let prepared: PreparedAdapter;

beforeAll(async () => {
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  const config = referenceJson<Record<string, unknown>>('model/config.json');
  model = await openModel({ path: referencePath('model/tiny.safetensors'), config });
  adapter = await openAdapter({ path: referencePath('model/tiny.safetensors'), config });
  unet = await runtime.load(await model.graph('unet'));
  const hint = hintFromRaster(decodePng(referenceBytes('01_skeleton/arms_two.dataset.png')));
  const hintEncoder = await runtime.load(await adapter.graph('hint-encoder'));
  const { pose_features } = await hintEncoder.run({ hint_image: hint });
  if (adapter.config.kind !== 'stable-pose')
    throw new Error('The small adapter should be a Stable-Pose one.');
  const masks = patchMasks(poseMasks(hint, adapter.config));
  const count = masks.dims[1]!;
  const tokens = new Float32Array(4 * count).fill(1);
  for (const layer of [0, 1]) {
    tokens.set(masks.data.subarray(layer * count, (layer + 1) * count), (2 * layer + 1) * count);
  }
  prepared = {
    from: 0,
    to: 1,
    graph: await runtime.load(await adapter.graph('adapter', { minimumScope: 'pair' })),
    inputs: {
      pose_features: pose_features as FloatTensor,
      pose_tokens: float32([2, 2, count], tokens),
      strength: float32([1], Float32Array.of(1)),
    },
  };
});
afterAll(async () => {
  await adapter?.dispose();
  await model?.dispose();
  await runtime?.dispose();
});

const network = (options: { rowByRow?: boolean; adapters?: readonly PreparedAdapter[] } = {}) =>
  createPredictNoise({
    unet,
    config: model.config.unet,
    dims: [4, 64, 64],
    text: {
      cond: float32([1, 77, 48], state('context.cond')),
      uncond: float32([1, 77, 48], state('context.uncond')),
    },
    guidanceScale: 7.5,
    adapters: [prepared],
    steps: 4,
    ...options,
  });

describe('createPredictNoise', () => {
  it('drives DDIM with eta 1 through the states of the reference, guidance and pose included', async () => {
    let drawn = 0;
    const states: Float32Array[] = [];
    const last = await denoise({
      scheduler: findScheduler('ddim'),
      run: {
        schedule: makeNoiseSchedule(model.config.schedule),
        steps: 4,
        spacing: 'uniform',
        latents: state('x_T'),
        startStep: 0,
        noise: () => state('noise', drawn++),
        eta: 1,
      },
      predictNoise: network(),
      onStep: ({ latents }) => void states.push(latents.slice()),
    });
    const allowed = tolerance('09.ddim.x.9', '09 ddim eta1');
    for (let i = 0; i < 4; i++) expect(worstDifference(states[i]!, state('x', i))).toBeLessThan(allowed);
    expect(last).toEqual(states[3]);
  });

  it('gives the same row by row, and with residuals that are summed in CPU memory', async () => {
    const latents = state('x_T');
    const pair = await network()(latents, 751, 0);
    const apart = await network({ rowByRow: true })(latents, 751, 0);
    const silent = { ...prepared, inputs: { ...prepared.inputs, strength: float32([1]) } };
    const summed = await network({ adapters: [prepared, silent] })(latents, 751, 0);
    // Guidance multiplies what rounding leaves of the rows by up to 2 x 7.5.
    expect(worstDifference(apart, pair)).toBeLessThan(1e-3);
    expect(worstDifference(summed, pair)).toBeLessThan(1e-5);
  });

  it('leaves adapters out at steps outside their range', async () => {
    const latents = state('x_T');
    const late = [{ ...prepared, from: 0.5 }];
    const without = await network({ adapters: [] })(latents, 751, 1);
    expect(await network({ adapters: late })(latents, 751, 1)).toEqual(without);
    expect(worstDifference(await network({ adapters: late })(latents, 751, 2), without)).toBeGreaterThan(
      0.01,
    );
  });
});
