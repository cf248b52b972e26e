import { readFileSync } from 'node:fs';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, it } from 'vitest';
import { hintEncoder, stablePoseAdapter } from '../../../models/src/architectures/stable-pose-adapter.ts';
import { unet } from '../../../models/src/architectures/unet.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import {
  fed,
  fedFrom,
  type Probe,
  poseTokens,
  referenceJson,
  referencePath,
  referenceTensors,
  strided,
  tolerance,
  worstDifference,
} from './reference.ts';
import { type Fed, type LoadedGraph, loadGraph, type Outputs } from './run-graph.ts';
import { cpu, tinyAdapter, tinyUnet, weights } from './tiny-model.ts';

const reference = referenceTensors('05_adapter/adapter.safetensors');
const expectedEps = referenceTensors('06_unet/unet.safetensors');
const { hints, mask_none: maskNone } = referenceJson<{ hints: string[]; mask_none: Probe[] }>(
  '05_adapter/adapter.json',
);
const zero = fed([1, 1, 1, 1], new Float32Array(1));
const one = fed([1], Float32Array.of(1));

/** [cos | sin](t exp(-ln 10000 i / half)) in float32 frequencies. */
function sinusoids(timesteps: ArrayLike<number>, width: number): Fed {
  const half = width / 2;
  const data = new Float32Array(timesteps.length * width);
  for (let row = 0; row < timesteps.length; row += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = Math.fround(timesteps[row]! * Math.fround(Math.exp((-Math.log(10000) * i) / half)));
      data[row * width + i] = Math.cos(angle);
      data[row * width + half + i] = Math.sin(angle);
    }
  }
  return fed([timesteps.length, width], data);
}

function hintImages(): Fed {
  const rows = hints.map((name) => {
    const png = decode(readFileSync(referencePath(name)));
    const cells = png.width * png.height;
    const data = new Float32Array(3 * cells);
    for (let i = 0; i < cells; i += 1) {
      for (let c = 0; c < 3; c += 1) data[c * cells + i] = (png.data[i * png.channels + c]! / 255) * 2 - 1;
    }
    return data;
  });
  const data = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, index) => {
    data.set(row, index * row.length);
  });
  return fed([rows.length, 3, 512, 512], data);
}

const repeated = (data: Float32Array): Float32Array => {
  const twice = new Float32Array(data.length * 2);
  twice.set(data);
  twice.set(data, data.length);
  return twice;
};

const common = {
  latents: fedFrom(reference, 'x'),
  timestep_embedding: sinusoids(reference.data('t'), 32),
  encoder_hidden_states: fedFrom(reference, 'context'),
};
const tokens = poseTokens(fedFrom(reference, 'mask.cond'), 2);
const everyToken = fed(tokens.dims, new Float32Array(tokens.data.length).fill(1));
const noEncoderResiduals = { encoder_residual_0: zero, encoder_residual_1: zero };
const noResiduals = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`residual_${index}`, zero]));

describe('hint encoder', () => {
  it('equals the reference at a size that is not square', async () => {
    const blocks = referenceTensors('04_blocks/blocks.safetensors');
    const graph = await loadGraph(hintEncoder(tinyAdapter, cpu), weights);
    const { pose_features: features } = await graph.run({ hint_image: fedFrom(blocks, 'feature.hint') });
    expect(features!.dims).toEqual([1, 48, 12, 8]);
    expect(worstDifference(features!.data, blocks.data('feature.out'))).toBeLessThan(
      tolerance('04.feature', '04 feature'),
    );
  });
});

describe('Stable-Pose adapter and UNet', () => {
  let features: Fed;
  let residuals: Outputs;
  let adapter: LoadedGraph;
  let noise: LoadedGraph;
  const batchScope = { ...cpu, minimumScope: 'batch' } as const;

  beforeAll(async () => {
    const encoder = await loadGraph(hintEncoder(tinyAdapter, cpu), weights);
    features = (await encoder.run({ hint_image: hintImages() })).pose_features!;
    adapter = await loadGraph(stablePoseAdapter(tinyAdapter, batchScope), weights);
    noise = await loadGraph(unet(tinyUnet, cpu), weights);
    residuals = await adapter.run({ ...common, pose_features: features, pose_tokens: tokens, strength: one });
  });

  it("gives the reference's residuals", () => {
    for (let index = 0; index < 5; index += 1) {
      let actual = residuals[`residual_${index}`]!.data;
      let key = `residual.${index}`;
      if (index === 0) {
        key = 'residual.0.every4th_channel';
        const cells = 64 * 64;
        actual = actual.filter((_, i) => Math.floor(i / cells) % 4 === 0);
      }
      const within = tolerance(`05.residual.${index}`, `05 residual ${index}`);
      expect(worstDifference(actual, reference.data(key)), key).toBeLessThan(within);
    }
  });

  it("with every token in the pose gives the reference's residuals without a mask", async () => {
    const unmasked = await adapter.run({
      ...common,
      pose_features: features,
      pose_tokens: everyToken,
      strength: one,
    });
    maskNone.forEach((probe, index) => {
      const actual = strided(unmasked[`residual_${index}`]!.data, probe.stride);
      const within = tolerance(`05.residual.${index}`, `05 residual ${index}`);
      expect(worstDifference(actual, probe.samples), `residual ${index}`).toBeLessThan(within);
    });
    const { noise_prediction: eps } = await noise.run({ ...common, ...unmasked, ...noEncoderResiduals });
    expect(worstDifference(eps!.data, expectedEps.data('eps.adapter_mask_none'))).toBeLessThan(
      tolerance('06.eps', '06 eps'),
    );
  });

  it("predicts the reference's noise with and without the adapter", async () => {
    const guided = await noise.run({ ...common, ...residuals, ...noEncoderResiduals });
    expect(worstDifference(guided.noise_prediction!.data, expectedEps.data('eps.adapter'))).toBeLessThan(
      tolerance('06.eps', '06 eps'),
    );
    const plain = await noise.run({ ...common, ...noResiduals, ...noEncoderResiduals });
    expect(worstDifference(plain.noise_prediction!.data, expectedEps.data('eps.plain'))).toBeLessThan(
      tolerance('06.plain', '06 plain'),
    );
  });

  it('strength multiplies every residual', async () => {
    const half = await adapter.run({
      ...common,
      pose_features: features,
      pose_tokens: tokens,
      strength: fed([1], Float32Array.of(0.5)),
    });
    for (const name of Object.keys(residuals)) {
      expect(
        worstDifference(
          half[name]!.data,
          residuals[name]!.data.map((value) => value / 2),
        ),
      ).toBe(0);
    }
  });

  it("one picture's pose features serve every row", async () => {
    const first = fed([1, ...features.dims.slice(1)], features.data.slice(0, features.data.length / 2));
    const twice = fed(features.dims, repeated(first.data as Float32Array));
    const inputs = { ...common, pose_tokens: tokens, strength: one };
    const a = await adapter.run({ ...inputs, pose_features: first });
    const b = await adapter.run({ ...inputs, pose_features: twice });
    expect(worstDifference(a.residual_4!.data, b.residual_4!.data)).toBeLessThan(
      tolerance('05.residual.4', '05 residual 4'),
    );
  });

  it('residuals of one row, and encoder residuals added to x before the level ends, broadcast', async () => {
    const row = (name: string) => {
      const { dims, data } = residuals[name]!;
      return fed([1, ...dims.slice(1)], data.slice(0, data.length / 2));
    };
    const both = (name: string) => {
      const one = row(name);
      return fed([2, ...one.dims.slice(1)], repeated(one.data as Float32Array));
    };
    const names = Object.keys(residuals);
    const run = (pick: (name: string) => Fed) =>
      noise.run({
        ...common,
        ...Object.fromEntries(names.map((name) => [name, pick(name)])),
        encoder_residual_0: pick('residual_1'),
        encoder_residual_1: zero,
      });
    const [a, b] = [await run(row), await run(both)];
    expect(worstDifference(a.noise_prediction!.data, b.noise_prediction!.data)).toBeLessThan(
      tolerance('06.eps', '06 eps'),
    );
    const without = await noise.run({
      ...common,
      ...Object.fromEntries(names.map((name) => [name, row(name)])),
      ...noEncoderResiduals,
    });
    expect(worstDifference(a.noise_prediction!.data, without.noise_prediction!.data)).toBeGreaterThan(1e-3);
  });

  it('written for webgpu and cut in pieces, predicts the same', async () => {
    const forms = operatorForms('webgpu', {
      maxTensorBytes: 8 * 1024 * 1024,
      largestPicture: { width: 512, height: 512 },
    });
    const cut = await loadGraph(stablePoseAdapter(tinyAdapter, { forms, minimumScope: 'batch' }), weights);
    const pieces = await cut.run({ ...common, pose_features: features, pose_tokens: tokens, strength: one });
    expect(worstDifference(pieces.residual_4!.data, reference.data('residual.4'))).toBeLessThan(
      tolerance('05.residual.4', '05 residual 4'),
    );
    const cutUnet = await loadGraph(unet(tinyUnet, { forms }), weights);
    const { noise_prediction: eps } = await cutUnet.run({ ...common, ...pieces, ...noEncoderResiduals });
    expect(worstDifference(eps!.data, expectedEps.data('eps.adapter'))).toBeLessThan(
      tolerance('06.eps', '06 eps'),
    );
  });

  it('runs at a size that is not square', async () => {
    const latents = fed(
      [1, 4, 16, 24],
      new Float32Array(4 * 16 * 24).map((_, i) => Math.sin(i)),
    );
    const inputs = {
      latents,
      timestep_embedding: sinusoids([501], 32),
      encoder_hidden_states: fed(
        [1, 154, 48],
        new Float32Array(154 * 48).map((_, i) => Math.cos(i)),
      ),
    };
    const made = await adapter.run({
      ...inputs,
      pose_features: fed([1, 48, 16, 24], new Float32Array(48 * 16 * 24).fill(0.1)),
      pose_tokens: fed([2, 1, 96], new Float32Array(192).fill(1)),
      strength: one,
    });
    const { noise_prediction: eps } = await noise.run({ ...inputs, ...made, ...noEncoderResiduals });
    expect(eps!.dims).toEqual([1, 4, 16, 24]);
    expect(eps!.data.every(Number.isFinite)).toBe(true);
  });
});
