import { denoise, guide, timestepEmbedding } from '../../../packages/core/src/denoise/index.ts';
import { decodePng } from '../../../packages/core/src/image/index.ts';
import { findScheduler, type SchedulerName } from '../../../packages/core/src/scheduler/index.ts';
import type { Fed } from '../../models/architectures/run-graph.ts';
import { type CheckGroup, compare } from '../check.ts';
import { fed, poseTokens, recorded, row, stack, tokensOfRow } from '../feeds.ts';
import { hintOf } from '../hint-of.ts';
import { type Networks, networksOf } from '../networks.ts';
import { noiseScheduleOf } from '../noise-schedule-of.ts';
import type { ReferenceFolder } from '../reference-folder.ts';

interface Samplers {
  readonly ddim: { steps: number; eta: number; scale: number; hints: string[] };
  readonly ddim_eta1: { steps: number; eta: number; scale: number; hints: string[] };
  readonly plms: { steps: number; scale: number };
  readonly dpm_solver: { steps: number; scale: number };
  readonly plms_dpm_states_kept: number[];
  readonly guided_call?: { t: number };
  readonly e2e: { png: string[] };
}

const one = fed([1], Float32Array.of(1));

/** The guided network as the released code calls it: unconditional rows, then conditional ones, in one call. */
async function guidedNetwork(reference: ReferenceFolder, networks: Networks, file: string, hints: string[]) {
  const [uncond, cond] = [
    recorded(reference, file, 'context.uncond'),
    recorded(reference, file, 'context.cond'),
  ];
  const maskHalves = [
    recorded(reference, file, 'mask.uncond'),
    recorded(reference, file, 'mask.cond'),
  ] as const;
  const images = hints.map((name) => {
    const { dims, data } = hintOf(reference, `01_skeleton/${name}.dataset.png`);
    return fed(dims, data);
  });
  const { pose_features: features } = await (await networks.hintEncoder()).run({
    hint_image: stack(...images),
  });
  const [adapter, unet] = [await networks.adapter(), await networks.unet()];
  const rows = uncond.dims[0]!;
  const call = async (latents: Fed, timestep: number, context: Fed, tokens: Fed, poseFeatures: Fed) => {
    const embedding = timestepEmbedding(
      Array.from({ length: latents.dims[0]! }, () => timestep),
      networks.unetConfig.modelChannels,
    );
    const common = {
      latents,
      timestep_embedding: fed(embedding.dims, embedding.data),
      encoder_hidden_states: context,
    };
    const residuals = await adapter.run({
      ...common,
      pose_features: poseFeatures,
      pose_tokens: tokens,
      strength: one,
    });
    const result = await unet.run({ ...common, ...networks.absent('encoder_residual'), ...residuals });
    return result.noise_prediction!.data;
  };
  const contexts = stack(uncond, cond);
  const tokens = poseTokens(stack(...maskHalves), 2 * rows);
  const twice = stack(features!, features!);
  const together = async (latents: Fed, timestep: number): Promise<Float32Array> =>
    call(stack(latents, latents), timestep, contexts, tokens, twice);
  return {
    together,
    /** The same rows, each in a call of its own, so that the masked minimum is its own, too. */
    async oneByOne(latents: Fed, timestep: number): Promise<Float32Array> {
      const parts: Fed[] = [];
      for (let index = 0; index < 2 * rows; index++) {
        const x = row(latents, index % rows);
        const own = tokensOfRow(tokens, index);
        parts.push(fed(x.dims, await call(x, timestep, row(contexts, index), own, row(twice, index))));
      }
      return stack(...parts).data as Float32Array;
    },
    async guided(latents: Fed, timestep: number, scale: number): Promise<Float32Array> {
      const both = await together(latents, timestep);
      const half = both.length / 2;
      return guide(both.subarray(0, half), both.subarray(half), scale);
    },
    conditional: (latents: Fed, timestep: number): Promise<Float32Array> =>
      call(latents, timestep, cond, poseTokens(maskHalves[1], rows), features!),
  };
}

/** States after every step. */
async function states(
  name: SchedulerName,
  reference: ReferenceFolder,
  start: Fed,
  steps: number,
  predict: (latents: Fed, timestep: number) => Promise<Float32Array>,
  more: { eta?: number; noise?: (call: number) => Float32Array } = {},
): Promise<{ latents: Float32Array; predictedOriginal: Float32Array }[]> {
  const kept: { latents: Float32Array; predictedOriginal: Float32Array }[] = [];
  let calls = 0;
  await denoise({
    scheduler: findScheduler(name),
    run: {
      schedule: noiseScheduleOf(reference),
      steps,
      spacing: 'uniform',
      exactSteps: false,
      latents: start.data as Float32Array,
      startStep: 0,
      eta: more.eta ?? 0,
      noise: () => more.noise?.(calls++) ?? new Float32Array(start.data.length),
    },
    predictNoise: (latents, timestep) => predict(fed(start.dims, latents), timestep),
    onStep: ({ latents, predictedOriginal }) => {
      kept.push({ latents: latents.slice(), predictedOriginal: predictedOriginal.slice() });
    },
  });
  return kept;
}

export const samplers: CheckGroup = {
  folder: '09_samplers',
  async *run(reference, tolerances) {
    const facts = reference.json<Samplers>('09_samplers/samplers.json');
    const networks = networksOf(reference);
    const part = (file: string, name: string, index: number): Float32Array => {
      const { dims, data } = reference.tensor(file, name);
      const size = data.length / dims[0]!;
      return (data as Float32Array).subarray(index * size, (index + 1) * size);
    };

    const ddimFile = '09_samplers/ddim10.safetensors';
    const network = await guidedNetwork(reference, networks, ddimFile, facts.ddim.hints);
    const guidedFile = '09_samplers/guided_call.safetensors';
    if (reference.has(guidedFile) && facts.guided_call) {
      const x = recorded(reference, guidedFile, 'x');
      const { t } = facts.guided_call;
      const within = tolerances.of('06.eps', '06 eps');
      const expected = (name: string) => reference.tensor(guidedFile, name).data;
      yield compare('one guided call', await network.together(x, t), expected('eps.together'), within);
      const alone = await network.oneByOne(x, t);
      yield compare('its rows one by one', alone, expected('eps.one_by_one'), within);
    }

    const start = recorded(reference, ddimFile, 'x_T');
    const { steps, eta, scale } = facts.ddim;
    const ddim = await states('ddim', reference, start, steps, (x, t) => network.guided(x, t, scale), {
      eta,
    });
    for (const [index, { latents }] of ddim.entries()) {
      const within = tolerances.of(`09.ddim.x.${index}`, `09 ddim ${index}`);
      yield compare(`DDIM, ${steps} steps: after step ${index}`, latents, part(ddimFile, 'x', index), within);
    }
    const last = ddim.at(-1)!;
    const final = tolerances.of(`09.ddim.x.${ddim.length - 1}`, `09 ddim ${ddim.length - 1}`);
    const original = reference.tensor(ddimFile, 'pred_x0.last').data;
    yield compare('DDIM: predicted original at the end', last.predictedOriginal, original, final);
    const decoder = await networks.vaeDecoder();
    for (const [index, png] of facts.e2e.png.entries()) {
      const latents = row(fed(start.dims, last.latents), index);
      const unscaled = fed(
        latents.dims,
        (latents.data as Float32Array).map((v) => v / networks.config.scale_factor),
      );
      const { image } = await decoder.run({ latents: unscaled });
      const picture = decodePng(reference.bytes(`09_samplers/${png}`));
      const plane = picture.width * picture.height;
      const ours = Uint8Array.from(picture.data, (_, i) => {
        const value = image!.data[(i % 3) * plane + Math.floor(i / 3)]!;
        return Math.trunc(255 * Math.min(1, Math.max(0, (value + 1) / 2)));
      });
      // Truncation may fall to either side of a whole number; the set's README allows 1.
      yield compare(`from noise to the picture ${png}`, ours, picture.data, 1);
    }

    const etaFile = '09_samplers/ddim4_eta1.safetensors';
    const single = await guidedNetwork(reference, networks, etaFile, facts.ddim_eta1.hints);
    const begin = recorded(reference, etaFile, 'x_T');
    const noisy = facts.ddim_eta1;
    const withNoise = await states(
      'ddim',
      reference,
      begin,
      noisy.steps,
      (x, t) => single.guided(x, t, noisy.scale),
      { eta: noisy.eta, noise: (call) => part(etaFile, 'noise', call) },
    );
    for (const [index, { latents }] of withNoise.entries()) {
      const recordedState = part(etaFile, 'x', index);
      yield compare(
        `DDIM, eta ${noisy.eta}: after step ${index}`,
        latents,
        recordedState,
        tolerances.of('09 ddim eta1'),
      );
    }
    const unguidedSteps = reference.tensor(etaFile, 'noguidance2.x').dims[0]!;
    const unguided = await states('ddim', reference, begin, unguidedSteps, single.conditional);
    for (const [index, { latents }] of unguided.entries()) {
      const recordedState = part(etaFile, 'noguidance2.x', index);
      yield compare(
        `DDIM unguided: after step ${index}`,
        latents,
        recordedState,
        tolerances.of('09 ddim eta1'),
      );
    }

    const otherFile = '09_samplers/plms_dpm10.safetensors';
    const others = [
      ['plms', 'plms.x', '09 plms', facts.plms],
      ['dpm-solver++', 'dpm.x', '09 dpm', facts.dpm_solver],
    ] as const;
    for (const [name, key, tolerance, { steps: count, scale: guidanceScale }] of others) {
      const made = await states(name, reference, begin, count, (x, t) => single.guided(x, t, guidanceScale));
      for (const [at, index] of facts.plms_dpm_states_kept.entries()) {
        const recordedState = part(otherFile, key, at);
        const within = tolerances.of(tolerance);
        yield compare(
          `${name}, ${count} steps: after step ${index}`,
          made[index]!.latents,
          recordedState,
          within,
        );
      }
    }
  },
};
