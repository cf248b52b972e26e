import { describe, expect, it } from 'vitest';
import { vaeDecoder, vaeEncoder } from '../../../models/src/architectures/vae.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { fedFrom, referenceTensors, tolerance, worstDifference } from './reference.ts';
import { loadGraph } from './run-graph.ts';
import { cpu, tinyVae, weights } from './tiny-model.ts';

const reference = referenceTensors('07_vae/vae.safetensors');

describe('VAE', () => {
  it("encodes a picture to the reference's moments", async () => {
    const graph = await loadGraph(vaeEncoder(tinyVae, cpu), weights);
    const { moments } = await graph.run({ image: fedFrom(reference, 'image') });
    expect(moments!.dims).toEqual([1, 8, 12, 16]);
    expect(worstDifference(moments!.data, reference.data('moments'))).toBeLessThan(
      tolerance('07.mode', '07 mean'),
    );
  });

  it.each(['cpu', 'wasm', 'webgpu'] as const)(
    "decodes latents to the reference's picture, written for %s",
    async (provider) => {
      const forms = operatorForms(provider, { maxTensorBytes: 64 * 1024 * 1024 });
      const graph = await loadGraph(vaeDecoder(tinyVae, { forms }), weights);
      const { image } = await graph.run({ latents: fedFrom(reference, 'z') });
      expect(image!.dims).toEqual([1, 3, 96, 128]);
      expect(worstDifference(image!.data, reference.data('decoded'))).toBeLessThan(
        tolerance('07.decode', '07 dec'),
      );
    },
  );
});
