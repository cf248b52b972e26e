import { describe, expect, it } from 'vitest';
import { pmsaVit } from '../../../models/src/architectures/pmsa-vit.ts';
import { GraphBuilder } from '../../../models/src/onnx/graph-builder.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { dimensionOf } from '../../../models/src/onnx/operators.ts';
import {
  fed,
  fedFrom,
  type Probe,
  poseTokens,
  referenceJson,
  referenceTensors,
  strided,
  tolerance,
  worstDifference,
} from './reference.ts';
import { type Fed, loadGraph } from './run-graph.ts';
import { tinyAdapter, weights } from './tiny-model.ts';

const reference = referenceTensors('03_pmsavit/pmsavit.safetensors');
const { probes } = referenceJson<{ probes: Record<string, Probe> }>('03_pmsavit/pmsavit.json');
const x = fedFrom(reference, 'x');
const masks = fedFrom(reference, 'mask.cond');
const within = tolerance('03.cond', '03 cond');

async function vit(scope: 'pair' | 'batch', forms = operatorForms('cpu')) {
  const graph = new GraphBuilder('pmsa-vit', { forms });
  const input = graph.input('x', 'float32', ['B', tinyAdapter.vit.channels, 'h', 'w']);
  const output = pmsaVit(graph, input, 'stable_pose_adapter.input_blocks.1.0.attn_layer', tinyAdapter.vit, {
    batch: dimensionOf(graph, input, 0),
    poseTokens: graph.input('pose_tokens', 'float32', [2, 'B', 'N']),
    minimumScope: scope,
    mostPieces: 16,
  });
  graph.output('y', output, ['B', tinyAdapter.vit.channels, 'h', 'w']);
  const loaded = await loadGraph(graph.plan(), weights);
  return async (rows: Fed, tokens: Fed) => (await loaded.run({ x: rows, pose_tokens: tokens })).y!.data;
}

const filled = (like: Fed, value: (index: number) => number): Fed =>
  fed(
    like.dims,
    Float32Array.from(like.data, (_, index) => value(index)),
  );
/** Row `row` of every part of a `[..., rows, ...]` tensor whose axis 0 or 1 counts rows. */
const secondRow = (tensor: Fed): Fed => {
  const [k, b, n] = tensor.dims as [number, number, number];
  const data = new Float32Array(k * n);
  for (let layer = 0; layer < k; layer += 1) {
    data.set(tensor.data.subarray((layer * b + 1) * n, (layer * b + 2) * n), layer * n);
  }
  return fed([k, 1, n], data);
};
const x1 = fed([1, ...x.dims.slice(1)], (x.data as Float32Array).slice(x.data.length / 2));

describe('pose-masked ViT', () => {
  const tokens = poseTokens(masks, 2);

  it('equals the reference with masks, minimum over the whole batch', async () => {
    const run = await vit('batch');
    expect(worstDifference(await run(x, tokens), reference.data('out.cond'))).toBeLessThan(within);
    expect(worstDifference(await run(x1, secondRow(tokens)), reference.data('out.single1'))).toBeLessThan(
      tolerance('03.cond', '03 single'),
    );
  });

  it('without masks (all tokens in the pose) equals the reference without a mask', async () => {
    const run = await vit('batch');
    const y = await run(
      x,
      filled(tokens, () => 1),
    );
    for (const name of ['none', 'ones']) {
      expect(worstDifference(strided(y, probes[name]!.stride), probes[name]!.samples)).toBeLessThan(within);
    }
  });

  it('averages uniformly where a mask is empty, as the reference does', async () => {
    const run = await vit('batch');
    const [, rows, n] = tokens.dims as [number, number, number];
    const empty = fed(
      tokens.dims,
      Float32Array.from(tokens.data, (value, index) => (Math.floor(index / n) % rows === 1 ? 0 : value)),
    );
    const y = await run(x, empty);
    expect(worstDifference(strided(y, probes.empty1!.stride), probes.empty1!.samples)).toBeLessThan(within);
  });

  it('a guidance pair does not depend on the other pairs of the batch in scope `pair`, and does in `batch`', async () => {
    const stack = (a: Fed, b: Fed, axis: 0 | 1): Fed => {
      // rows: [a0, b0, a1, b1], the unconditional rows first
      const outer = axis === 0 ? 1 : a.dims[0]!;
      const row = a.data.length / outer / 2;
      const data = new Float32Array(a.data.length * 2);
      for (let o = 0; o < outer; o += 1) {
        [a, b, a, b].forEach((from, index) => {
          const start = (o * 2 + (index >> 1)) * row;
          data.set((from.data as Float32Array).subarray(start, start + row), (o * 4 + index) * row);
        });
      }
      const dims = [...a.dims];
      dims[axis] = 4;
      return fed(dims, data);
    };
    const other = fed(
      x.dims,
      Float32Array.from(x.data, (value) => value * 3),
    );
    const [pair, batch] = [await vit('pair'), await vit('batch')];
    const alone = await pair(x, tokens);
    const row = alone.length / 2;
    const rowsOf = (y: Float32Array) => [...y.subarray(0, row), ...y.subarray(2 * row, 3 * row)];
    const [rows4, tokens4] = [stack(x, other, 0), stack(tokens, tokens, 1)];
    expect(worstDifference(rowsOf(await pair(rows4, tokens4)), alone)).toBeLessThan(within);
    expect(worstDifference(rowsOf(await batch(rows4, tokens4)), alone)).toBeGreaterThan(20 * within);
    // One pair is the whole batch.
    expect(worstDifference(alone, await batch(x, tokens))).toBeLessThan(within);
    // A single row is a pair of its own.
    expect(worstDifference(await pair(x1, secondRow(tokens)), reference.data('out.single1'))).toBeLessThan(
      within,
    );
  });

  it('cut in pieces for a small binding limit, gives the same', async () => {
    const forms = operatorForms('webgpu', {
      maxTensorBytes: 4 * 1024 * 1024,
      largestPicture: { width: 512, height: 512 },
    });
    const run = await vit('batch', forms);
    expect(worstDifference(await run(x, tokens), reference.data('out.cond'))).toBeLessThan(within);
  });
});
