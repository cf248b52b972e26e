import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clipTextEncoder } from '../../../models/src/architectures/clip-text-encoder.ts';
import { compileGraph } from '../../../models/src/onnx/compile-graph.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { fed, referenceTensors, tolerance, worstDifference } from './reference.ts';
import { loadGraph } from './run-graph.ts';
import { cpu, tiny, tinyText, weights } from './tiny-model.ts';

const reference = referenceTensors('08_clip/clip.safetensors');
const ids = Int32Array.from(reference.data('ids'));
const inputIds = fed([3, 77], ids);
const within = tolerance('08.clip', '08 clip');

async function encode(
  options: Parameters<typeof clipTextEncoder>[1],
  inputs: Parameters<Awaited<ReturnType<typeof loadGraph>>['run']>[0],
) {
  const graph = await loadGraph(clipTextEncoder(tinyText, options), weights);
  return (await graph.run(inputs)).text_embedding!;
}

describe('CLIP text encoder', () => {
  it('equals the reference', async () => {
    const y = await encode(cpu, { input_ids: inputIds });
    expect(y.dims).toEqual([3, 77, 48]);
    expect(worstDifference(y.data, reference.data('last_hidden_state'))).toBeLessThan(within);
  });

  it('with attention written out, equals the reference', async () => {
    const y = await encode({ forms: operatorForms('webgpu') }, { input_ids: inputIds });
    expect(worstDifference(y.data, reference.data('last_hidden_state'))).toBeLessThan(within);
  });

  it('in the wasm build equals the reference', async () => {
    const { model, externalData } = await compileGraph(
      clipTextEncoder(tinyText, { forms: operatorForms('wasm') }),
      weights,
    );
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['wasm'],
      externalData: externalData.map((data) => ({
        path: data.location,
        data: new Uint8Array(readFileSync(data.kind === 'file' ? data.path : '')),
      })),
    });
    const outputs = await session.run({ input_ids: new ort.Tensor('int32', ids, [3, 77]) });
    const actual = outputs.text_embedding!.data as Float32Array;
    expect(worstDifference(actual, reference.data('last_hidden_state'))).toBeLessThan(within);
    await session.release();
  });

  it('takes shorter texts: causal, so a prefix encodes to a prefix', async () => {
    const y = await encode(cpu, { input_ids: fed([1, 12], ids.slice(0, 12)) });
    expect(worstDifference(y.data, reference.data('last_hidden_state').subarray(0, 12 * 48))).toBeLessThan(
      within,
    );
  });

  it('clip skip 2 is the final LayerNorm of the last but one layer', async () => {
    const y = await encode({ ...cpu, clipSkip: 2 }, { input_ids: fed([1, 77], ids.slice(0, 77)) });
    const hidden = reference.data('hidden.2');
    const prefix = 'cond_stage_model.transformer.text_model.final_layer_norm';
    const [scale, shift] = [tiny.data(`${prefix}.weight`), tiny.data(`${prefix}.bias`)];
    const expected = Float32Array.from(hidden, (_, index) => {
      const row = hidden.subarray(Math.floor(index / 48) * 48, Math.floor(index / 48) * 48 + 48);
      const mean = row.reduce((a, b) => a + b) / 48;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 48;
      return ((hidden[index]! - mean) / Math.sqrt(variance + 1e-5)) * scale[index % 48]! + shift[index % 48]!;
    });
    expect(worstDifference(y.data, expected)).toBeLessThan(within);
  });

  it('refuses a clip skip that leaves no layer', () => {
    expect(() => clipTextEncoder(tinyText, { ...cpu, clipSkip: 4 })).toThrow(/from 1 to 3/);
  });

  it('takes learned embeddings by ids beyond the vocabulary', async () => {
    const table = tiny.data('cond_stage_model.transformer.text_model.embeddings.token_embedding.weight');
    const [first, second] = [ids[3]!, ids[4]!];
    const learned = Float32Array.of(
      ...table.subarray(second * 48, second * 48 + 48),
      ...table.subarray(first * 48, first * 48 + 48),
    );
    const replaced = ids.slice();
    replaced[3] = tinyText.vocabularySize + 1;
    replaced[4] = tinyText.vocabularySize;
    const y = await encode(
      { ...cpu, extraEmbeddings: true },
      {
        input_ids: fed([3, 77], replaced),
        extra_embeddings: fed([2, 48], learned),
      },
    );
    expect(worstDifference(y.data, reference.data('last_hidden_state'))).toBeLessThan(within);
  });
});
