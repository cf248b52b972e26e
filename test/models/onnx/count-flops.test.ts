import { describe, expect, it } from 'vitest';
import { controlNet, controlNetHintEncoder } from '../../../models/src/architectures/controlnet.ts';
import {
  controlNetBeside,
  stableDiffusion1,
  t2iAdapterBeside,
} from '../../../models/src/architectures/stable-diffusion-1.ts';
import { hintEncoder, stablePoseAdapter } from '../../../models/src/architectures/stable-pose-adapter.ts';
import { t2iAdapter } from '../../../models/src/architectures/t2i-adapter.ts';
import { unet } from '../../../models/src/architectures/unet.ts';
import { skipsOf } from '../../../models/src/architectures/unet-config.ts';
import { vaeDecoder, vaeEncoder } from '../../../models/src/architectures/vae.ts';
import { countFlops } from '../../../models/src/onnx/count-flops.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';

const { unet: sdUnet, adapter: sdAdapter, vae: sdVae } = stableDiffusion1;
const [control, t2i] = [controlNetBeside(sdUnet), t2iAdapterBeside(sdUnet)];
const zero = [1, 1, 1, 1];

const stepInputs = (rows: number, side: number, width: number, context: number) => ({
  latents: [rows, 4, side, side],
  timestep_embedding: [rows, width],
  encoder_hidden_states: [rows, 77, context],
});
const residualInputs = (count: number, levels: number) =>
  Object.fromEntries([
    ...Array.from({ length: count }, (_, index) => [`residual_${index}`, zero]),
    ...Array.from({ length: levels }, (_, index) => [`encoder_residual_${index}`, zero]),
  ]);
const unetInputs = (rows: number, side: number) => ({
  ...stepInputs(rows, side, 320, 768),
  ...residualInputs(skipsOf(sdUnet).length + 1, 4),
});
const adapterInputs = (rows: number, side: number) => ({
  ...stepInputs(rows, side, 320, 768),
  pose_features: [1, 192, side, side],
  pose_tokens: [2, rows, (side / 2) ** 2],
  strength: [1],
});

const controlInputs = (rows: number, side: number) => ({
  ...stepInputs(rows, side, 320, 768),
  pose_features: [1, 320, side, side],
  strength: [1],
});

describe('countFlops', () => {
  const cpu = { forms: operatorForms('cpu') };

  it("counts Stable Diffusion 1.5's UNet near the published 0.68 TFLOP (multiply-adds twice) at 512 x 512", () => {
    const { flops } = countFlops(unet(sdUnet, cpu), unetInputs(1, 64));
    expect(flops).toBeGreaterThan(0.65e12);
    expect(flops).toBeLessThan(0.9e12);
  });

  it('counts what adapters add at 512 x 512: a third of the UNet a step, or a fourteenth once', () => {
    const whole = countFlops(unet(sdUnet, cpu), unetInputs(1, 64)).flops;
    const shareOf = (cost: { readonly flops: number }) => cost.flops / whole;
    expect(shareOf(countFlops(controlNet(control, cpu), controlInputs(1, 64)))).toBeCloseTo(0.334, 2);
    expect(shareOf(countFlops(stablePoseAdapter(sdAdapter, cpu), adapterInputs(1, 64)))).toBeCloseTo(
      0.358,
      2,
    );
    const once = { hint_image: [1, 3, 512, 512], strength: [1] };
    expect(shareOf(countFlops(t2iAdapter(t2i, cpu), once))).toBeCloseTo(0.075, 2);
  });

  it('fused and written-out attention cost the same', () => {
    const fused = countFlops(unet(sdUnet, cpu), unetInputs(2, 64)).flops;
    const written = countFlops(unet(sdUnet, { forms: operatorForms('webgpu') }), unetInputs(2, 64)).flops;
    expect(written).toBe(fused);
  });

  it('for WebGPU no tensor exceeds the binding limit, at the largest picture and below', () => {
    const limit = 128 * 1024 * 1024;
    for (const side of [32, 64, 96, 128]) {
      const forms = operatorForms('webgpu', { largestPicture: { width: side * 8, height: side * 8 } });
      const unetCost = countFlops(unet(sdUnet, { forms }), unetInputs(2, side));
      const adapterCost = countFlops(stablePoseAdapter(sdAdapter, { forms }), adapterInputs(2, side));
      expect(
        unetCost.largestTensor.bytes,
        `UNet at ${side}: ${unetCost.largestTensor.node}`,
      ).toBeLessThanOrEqual(limit);
      expect(adapterCost.largestTensor.bytes, `adapter at ${side}`).toBeLessThanOrEqual(limit);
      const hint = { hint_image: [1, 3, 8 * side, 8 * side] };
      for (const [plan, inputs] of [
        [controlNet(control, { forms }), controlInputs(2, side)],
        [controlNetHintEncoder(control, { forms }), hint],
        [t2iAdapter(t2i, { forms }), { ...hint, strength: [1] }],
      ] as const) {
        expect(countFlops(plan, inputs).largestTensor.bytes, plan.name).toBeLessThanOrEqual(limit);
      }
    }
    const forms = operatorForms('webgpu', { largestPicture: { width: 512, height: 512 } });
    const decoder = countFlops(vaeDecoder(sdVae, { forms }), { latents: [1, 4, 64, 64] });
    // The VAE's own feature maps are [1,256,512,512] floats: larger pictures are decoded in tiles.
    expect(decoder.largestTensor.shape).toEqual([1, 256, 512, 512]);
  });

  it('every graph of the full-size model has consistent shapes at sizes that are not square', () => {
    const residuals = residualInputs(13, 4);
    for (const provider of ['cpu', 'webgpu'] as const) {
      const options = { forms: operatorForms(provider) };
      const step = {
        latents: [2, 4, 40, 72],
        timestep_embedding: [2, 320],
        encoder_hidden_states: [2, 154, 768],
      };
      countFlops(unet(sdUnet, options), { ...step, ...residuals });
      countFlops(stablePoseAdapter(sdAdapter, options), {
        ...step,
        pose_features: [1, 192, 40, 72],
        pose_tokens: [2, 2, 720],
        strength: [1],
      });
      const hint = { hint_image: [1, 3, 320, 576] };
      countFlops(hintEncoder(sdAdapter, options), hint);
      countFlops(controlNet(control, options), { ...step, pose_features: [1, 320, 40, 72], strength: [1] });
      countFlops(controlNetHintEncoder(control, options), hint);
      countFlops(t2iAdapter(t2i, options), { ...hint, strength: [1] });
      countFlops(vaeEncoder(sdVae, options), { image: [1, 3, 320, 576] });
    }
  });
});
