import { type PmsaVitConfig, pmsaVit } from '../../../models/src/architectures/pmsa-vit.ts';
import { poseBlock } from '../../../models/src/architectures/stable-pose-adapter.ts';
import { GraphBuilder } from '../../../models/src/onnx/graph-builder.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { dimensionOf, silu } from '../../../models/src/onnx/operators.ts';
import { timestepEmbedding } from '../../../packages/core/src/denoise/index.ts';
import type { Fed } from '../../models/architectures/run-graph.ts';
import { type CheckGroup, compare, skip } from '../check.ts';
import { fed, type Probe, poseTokens, recorded, row, stack, strided, tokensOfRow } from '../feeds.ts';
import { hintOf } from '../hint-of.ts';
import { networksOf } from '../networks.ts';

const options = { forms: operatorForms('cpu') };
const one = fed([1], Float32Array.of(1));

export const pmsa: CheckGroup = {
  folder: '03_pmsavit',
  async *run(reference, tolerances) {
    const file = '03_pmsavit/pmsavit.safetensors';
    const { probes, weights_prefix: prefix } = reference.json<{
      probes: Record<string, Probe>;
      weights_prefix: string;
    }>('03_pmsavit/pmsavit.json');
    const networks = networksOf(reference);
    const vit: PmsaVitConfig = networks.adapterConfig.vit;
    const graph = await networks.load('vit', () => {
      const builder = new GraphBuilder('vit', options);
      const x = builder.input('x', 'float32', ['B', vit.channels, 'h', 'w']);
      const y = pmsaVit(builder, x, prefix.replace(/\.$/, ''), vit, {
        batch: dimensionOf(builder, x, 0),
        poseTokens: builder.input('pose_tokens', 'float32', [vit.layers, 'B', 'N']),
        minimumScope: 'batch',
        mostPieces: 1,
      });
      builder.output('y', y, ['B', vit.channels, 'h', 'w']);
      return builder.plan();
    });
    const run = async (x: Fed, tokens: Fed): Promise<Float32Array> =>
      (await graph.run({ x, pose_tokens: tokens })).y!.data;
    const x = recorded(reference, file, 'x');
    const rows = x.dims[0]!;
    const tokens = poseTokens(recorded(reference, file, 'mask.cond'), rows);
    const tolerance = tolerances.of('03.cond', '03 cond');
    yield compare('masked batch', await run(x, tokens), reference.tensor(file, 'out.cond').data, tolerance);
    const all = fed(tokens.dims, new Float32Array(tokens.data.length).fill(1));
    const count = tokens.dims[2]!;
    for (let index = 0; index < rows; index++) {
      if (!reference.names(file).includes(`out.single${index}`)) continue;
      const alone = await run(row(x, index), tokensOfRow(tokens, index));
      yield compare(
        `row ${index} alone`,
        alone,
        reference.tensor(file, `out.single${index}`).data,
        tolerances.of('03.cond', '03 single'),
      );
    }
    for (const name of ['none', 'ones']) {
      if (!probes[name]) continue;
      const y = await run(x, all);
      yield compare(`probe: mask ${name}`, strided(y, probes[name].stride), probes[name].samples, tolerance);
    }
    for (const [name, probe] of Object.entries(probes)) {
      const index = Number(/^empty(\d+)$/.exec(name)?.[1] ?? Number.NaN);
      if (Number.isNaN(index)) continue;
      const data = Float32Array.from(tokens.data, (value, i) =>
        Math.floor(i / count) % rows === index ? 0 : value,
      );
      const y = await run(x, fed(tokens.dims, data));
      yield compare(`probe: mask of row ${index} empty`, strided(y, probe.stride), probe.samples, tolerance);
    }
    const inside = 'a value inside the graph; the outputs made from it are checked';
    for (const name of ['patch_tokens.row0', 'pos_embedding.row0', 'min_logit_per_layer'])
      yield skip(name, inside);
  },
};

export const blocks: CheckGroup = {
  folder: '04_blocks',
  async *run(reference, tolerances) {
    const file = '04_blocks/blocks.safetensors';
    const { attnres_prefix: prefix, attnres_mask_none: unmasked } = reference.json<{
      attnres_prefix: string;
      attnres_mask_none: Probe;
    }>('04_blocks/blocks.json');
    const networks = networksOf(reference);
    const { vit, poseChannels, encoder } = networks.adapterConfig;
    const graph = await networks.load('block', () => {
      const builder = new GraphBuilder('block', options);
      const x = builder.input('x', 'float32', ['B', vit.channels, 'h', 'w']);
      const width = encoder.modelChannels * 4;
      const emb = builder.input('emb', 'float32', ['B', width]);
      const y = poseBlock(
        builder,
        x,
        prefix.replace(/\.$/, ''),
        networks.adapterConfig,
        { time: { activated: silu(builder, emb), width }, batch: dimensionOf(builder, x, 0) },
        {
          poseFeatures: builder.input('pose_features', 'float32', ['R', poseChannels, 'h', 'w']),
          poseTokens: builder.input('pose_tokens', 'float32', [vit.layers, 'B', 'N']),
          minimumScope: 'batch',
        },
      );
      builder.output('y', y, ['B', vit.channels, 'h', 'w']);
      return builder.plan();
    });
    const input = {
      x: recorded(reference, file, 'attnres.x'),
      emb: recorded(reference, file, 'attnres.emb'),
      pose_features: recorded(reference, file, 'attnres.pose_features'),
    };
    const tokens = poseTokens(recorded(reference, file, 'attnres.mask'), input.x.dims[0]!);
    const tolerance = tolerances.of('04.attnres', '04 attnres');
    const { y } = await graph.run({ ...input, pose_tokens: tokens });
    yield compare(
      'residual block with the pose',
      y!.data,
      reference.tensor(file, 'attnres.out').data,
      tolerance,
    );
    const all = fed(tokens.dims, new Float32Array(tokens.data.length).fill(1));
    const none = (await graph.run({ ...input, pose_tokens: all })).y!.data;
    yield compare('the same without a mask', strided(none, unmasked.stride), unmasked.samples, tolerance);
    const hint = await networks.hintEncoder();
    const { pose_features: features } = await hint.run({
      hint_image: recorded(reference, file, 'feature.hint'),
    });
    yield compare(
      'pose features',
      features!.data,
      reference.tensor(file, 'feature.out').data,
      tolerances.of('04.feature', '04 feature'),
    );
    yield skip('feature.pre', 'a value inside the hint encoder; the pose features made from it are checked');
  },
};

const adapterFile = '05_adapter/adapter.safetensors';

interface AdapterFacts {
  readonly hints: string[];
  readonly n_residuals: number;
  readonly mask_none: Probe[];
  readonly mask_ones: Probe[];
}

export const adapterAndUnet: CheckGroup = {
  folder: '05_adapter',
  async *run(reference, tolerances) {
    const facts = reference.json<AdapterFacts>('05_adapter/adapter.json');
    const networks = networksOf(reference);
    const latents = recorded(reference, adapterFile, 'x');
    const rows = latents.dims[0]!;
    const timesteps = Array.from(reference.tensor(adapterFile, 't').data);
    const embedding = timestepEmbedding(timesteps, networks.unetConfig.modelChannels);
    const common = {
      latents,
      timestep_embedding: fed(embedding.dims, embedding.data),
      encoder_hidden_states: recorded(reference, adapterFile, 'context'),
    };
    const hintImage = stack(
      ...facts.hints.map((name) => {
        const { dims, data } = hintOf(reference, name);
        return fed(dims, data);
      }),
    );
    const { pose_features: features } = await (await networks.hintEncoder()).run({ hint_image: hintImage });
    const tokens = poseTokens(recorded(reference, adapterFile, 'mask.cond'), rows);
    const adapter = await networks.adapter();
    const residualsWith = (poseTokens: Fed) =>
      adapter.run({ ...common, pose_features: features!, pose_tokens: poseTokens, strength: one });
    const residuals = await residualsWith(tokens);
    const tolerance = (index: number): number =>
      tolerances.of(`05.residual.${index}`, `05 residual ${index}`);
    for (const name of reference.names(adapterFile)) {
      const match = /^residual\.(\d+)(?:\.every(\d+)th_channel)?$/.exec(name);
      if (!match) continue;
      const index = Number(match[1]);
      const every = Number(match[2] ?? 1);
      const { dims, data } = residuals[`residual_${index}`]!;
      const cells = dims[2]! * dims[3]!;
      const kept = data.filter((_, i) => (Math.floor(i / cells) % dims[1]!) % every === 0);
      yield compare(`residual ${index}`, kept, reference.tensor(adapterFile, name).data, tolerance(index));
    }
    const all = fed(tokens.dims, new Float32Array(tokens.data.length).fill(1));
    const unmasked = await residualsWith(all);
    for (const [kind, probes] of [
      ['none', facts.mask_none],
      ['ones', facts.mask_ones],
    ] as const) {
      for (const [index, probe] of probes.entries()) {
        const ours = strided(unmasked[`residual_${index}`]!.data, probe.stride);
        yield compare(`residual ${index}, mask ${kind}`, ours, probe.samples, tolerance(index));
      }
    }
    yield skip('single_vs_batched_max_abs', 'a measure of the coupling of rows, whose row is not told');
    if (!reference.has('06_unet')) {
      yield skip('06_unet everything', 'the set has no such folder');
      return;
    }
    const unetFile = '06_unet/unet.safetensors';
    const unet = await networks.unet();
    const predict = async (given: Readonly<Record<string, Fed>>): Promise<Float32Array> =>
      (await unet.run({ ...common, ...networks.absent('both'), ...given })).noise_prediction!.data;
    const eps = tolerances.of('06.eps', '06 eps');
    const fedOf = (outputs: Awaited<ReturnType<typeof residualsWith>>): Record<string, Fed> => ({
      ...outputs,
    });
    const cases = [
      ['eps.adapter', 'noise prediction with the adapter', fedOf(residuals), eps],
      ['eps.adapter_mask_none', 'noise prediction with the adapter unmasked', fedOf(unmasked), eps],
      ['eps.plain', 'noise prediction without the adapter', {}, tolerances.of('06.plain', '06 plain')],
    ] as const;
    for (const [name, what, given, within] of cases) {
      yield compare(`06_unet ${what}`, await predict(given), reference.tensor(unetFile, name).data, within);
    }
    const times = '06_unet/timestep_embedding.safetensors';
    for (const name of reference.names(times)) {
      const [kind, width] = name.split('.');
      if (!Number(width)) continue;
      const ours = timestepEmbedding(Array.from(reference.tensor(times, `${kind}.t`).data), Number(width));
      // The set's own README: rounding the frequencies to fp32 alone moves values by up to 6e-5.
      yield compare(
        `06_unet timestep embedding ${name}`,
        ours.data,
        reference.tensor(times, name).data,
        6e-5,
      );
    }
  },
};

export const vae: CheckGroup = {
  folder: '07_vae',
  async *run(reference, tolerances) {
    const file = '07_vae/vae.safetensors';
    const networks = networksOf(reference);
    const encoder = await networks.vaeEncoder();
    const { moments } = await encoder.run({ image: recorded(reference, file, 'image') });
    const mode = tolerances.of('07.mode', '07 mean');
    yield compare('moments', moments!.data, reference.tensor(file, 'moments').data, mode);
    yield skip('mean, logvar, std', 'follow from the moments, which are checked');
    const half = moments!.data.length / 2;
    const mean = moments!.data.subarray(0, half);
    const noise = reference.tensor(file, 'noise').data;
    const sample = mean.map((value, i) => value + Math.exp(moments!.data[half + i]! / 2) * noise[i]!);
    yield compare(
      'sample',
      sample,
      reference.tensor(file, 'sample').data,
      tolerances.of('07 sample', '07.mode'),
    );
    // From the recorded sample: what is checked here is the scaling alone, which fp32 gives to the last bit.
    const scaled = (reference.tensor(file, 'sample').data as Float32Array).map(
      (value) => value * Math.fround(networks.config.scale_factor),
    );
    yield compare(
      'scaled sample',
      scaled,
      reference.tensor(file, 'sample_scaled').data,
      tolerances.of('07 scaled'),
    );
    const decoder = await networks.vaeDecoder();
    const decode = async (latents: Fed): Promise<Float32Array> =>
      (await decoder.run({ latents })).image!.data;
    const within = tolerances.of('07.decode', '07 dec', '07 dec scaled');
    const z = recorded(reference, file, 'z');
    yield compare('decoded', await decode(z), reference.tensor(file, 'decoded').data, within);
    const latents = recorded(reference, file, 'latent_scaled');
    const unscaled = fed(
      latents.dims,
      (latents.data as Float32Array).map((v) => v / networks.config.scale_factor),
    );
    const decoded = reference.tensor(file, 'decoded_from_scaled').data;
    yield compare('decoded from scaled latents', await decode(unscaled), decoded, within);
  },
};

export const text: CheckGroup = {
  folder: '08_clip',
  async *run(reference, tolerances) {
    const file = '08_clip/clip.safetensors';
    const networks = networksOf(reference);
    const ids = reference.tensor(file, 'ids');
    const input = fed(ids.dims, Int32Array.from(ids.data));
    const tolerance = tolerances.of('08.clip', '08 clip');
    const encode = async (clipSkip: number): Promise<Float32Array> =>
      (await (await networks.text(clipSkip)).run({ input_ids: input })).text_embedding!.data;
    const last = reference.tensor(file, 'last_hidden_state').data;
    yield compare('text embedding', await encode(1), last, tolerance);
    const { layers, width } = networks.textConfig;
    for (let layer = layers; layer > 0; layer--) {
      if (!reference.names(file).includes(`hidden.${layer}`)) continue;
      const { data } = reference.tensor(file, `hidden.${layer}`);
      // Recorded for the first row alone, and before the final LayerNorm, which clip skip keeps.
      const ours = (await encode(layers + 1 - layer)).subarray(0, data.length);
      const theirs = layerNorm(data, networks.finalTextNorm(), width);
      yield compare(`hidden.${layer}, normalised: clip skip ${layers + 1 - layer}`, ours, theirs, tolerance);
    }
    yield skip('hidden.0', 'the embeddings; the encoder keeps one layer at least, and that one is checked');
  },
};

/** y = (x - mean) / sqrt(variance + 1e-5) gain + shift over the last axis, in fp64. */
function layerNorm(
  x: ArrayLike<number>,
  { gain, shift }: { readonly gain: Float32Array; readonly shift: Float32Array },
  width: number,
): number[] {
  return Array.from({ length: x.length / width }, (_, token) => {
    const row = Array.from({ length: width }, (_, i) => x[token * width + i]!);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + shift[i]!);
  }).flat();
}
