import { describe, expect, it } from 'vitest';
import { GraphBuilder, type LowRankBranch } from '../../../models/src/onnx/graph-builder.ts';
import { convolution, linear } from '../../../models/src/onnx/linear.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import type { WeightCheckpoint } from '../../../models/src/onnx/weight-checkpoint.ts';
import { fed, worstDifference } from '../architectures/reference.ts';
import { loadGraph } from '../architectures/run-graph.ts';

/** A checkpoint in memory: every tensor is a copy. */
function inMemory(tensors: Record<string, { shape: number[]; data: Float32Array }>): WeightCheckpoint {
  return {
    tensors: new Map(Object.entries(tensors).map(([key, { shape }]) => [key, { dtype: 'f32', shape }])),
    read: async (key) => new Uint8Array(tensors[key]!.data.buffer),
    readFloat32: async (key) => tensors[key]!.data,
  };
}

const wave = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase));

describe('low-rank branches', () => {
  it('of a linear layer give what the merged weight gives, each at its own strength', async () => {
    const [from, to, rank] = [6, 5, 2];
    const branch = (index: number, scale: number): LowRankBranch => ({
      index,
      source: `lora${index}`,
      downKey: 'down',
      downShape: [rank, from],
      upKey: 'up',
      upShape: [to, rank],
      scale,
    });
    const [w, b] = [wave(to * from, 0), wave(to, 9)];
    const lora = (phase: number) => ({ down: wave(rank * from, phase), up: wave(to * rank, phase + 1) });
    const [first, second] = [lora(2), lora(5)];
    const strengths = [0.7, -1.3];
    const merged = w.slice();
    [first, second].forEach(({ down, up }, index) => {
      const scale = [0.5, 2][index]! * strengths[index]!;
      for (let o = 0; o < to; o += 1) {
        for (let i = 0; i < from; i += 1) {
          for (let r = 0; r < rank; r += 1)
            merged[o * from + i]! += scale * up[o * rank + r]! * down[r * from + i]!;
        }
      }
    });

    const graph = new GraphBuilder('lora', {
      forms: operatorForms('cpu'),
      lowRank: (key) => (key === 'layer.weight' ? [branch(0, 0.5), branch(1, 2)] : []),
    });
    const x = graph.input('x', 'float32', ['N', from]);
    graph.output('y', linear(graph, x, 'layer', { from, to }), ['N', to]);
    graph.output('other', linear(graph, x, 'other', { from, to, bias: false }), ['N', to]);
    const loraTensors = ({ down, up }: typeof first) =>
      inMemory({ down: { shape: [rank, from], data: down }, up: { shape: [to, rank], data: up } });
    const loaded = await loadGraph(graph.plan(), {
      model: inMemory({
        'layer.weight': { shape: [to, from], data: w },
        'layer.bias': { shape: [to], data: b },
        'other.weight': { shape: [to, from], data: w },
      }),
      lora0: loraTensors(first),
      lora1: loraTensors(second),
    });
    const input = wave(3 * from, 4);
    const { y, other } = await loaded.run({
      x: fed([3, from], input),
      lora_strengths: fed([2], Float32Array.from(strengths)),
    });
    const product = (weight: Float32Array, bias?: Float32Array) =>
      Float32Array.from({ length: 3 * to }, (_, index) => {
        const [row, o] = [Math.floor(index / to), index % to];
        let sum = bias?.[o] ?? 0;
        for (let i = 0; i < from; i += 1) sum += input[row * from + i]! * weight[o * from + i]!;
        return sum;
      });
    // Sums of a dozen products of numbers about 1, in float32.
    expect(worstDifference(y!.data, product(merged, b))).toBeLessThan(1e-5);
    expect(worstDifference(other!.data, product(w))).toBeLessThan(1e-5);
  });

  it('of a strided 3x3 convolution give what the merged weight gives', async () => {
    const [from, to, rank] = [3, 4, 2];
    const [w, b] = [wave(to * from * 9, 0), wave(to, 9)];
    const [down, up] = [wave(rank * from * 9, 2), wave(to * rank, 5)];
    const merged = w.slice();
    for (let o = 0; o < to; o += 1) {
      for (let i = 0; i < from * 9; i += 1) {
        for (let r = 0; r < rank; r += 1)
          merged[o * from * 9 + i]! += 0.4 * 0.5 * up[o * rank + r]! * down[r * from * 9 + i]!;
      }
    }
    const build = (lowRank: readonly LowRankBranch[]) => {
      const graph = new GraphBuilder('lora', { forms: operatorForms('cpu'), lowRank: () => lowRank });
      const x = graph.input('x', 'float32', ['B', from, 'h', 'w']);
      graph.output('y', convolution(graph, x, 'layer', from, to, { stride: 2 }), ['B', to, 'h2', 'w2']);
      return graph.plan();
    };
    const model = (weight: Float32Array) =>
      inMemory({
        'layer.weight': { shape: [to, from, 3, 3], data: weight },
        'layer.bias': { shape: [to], data: b },
      });
    const branches = await loadGraph(
      build([
        {
          index: 0,
          source: 'lora',
          downKey: 'down',
          downShape: [rank, from, 3, 3],
          upKey: 'up',
          upShape: [to, rank, 1, 1],
          scale: 0.5,
        },
      ]),
      {
        model: model(w),
        lora: inMemory({
          down: { shape: [rank, from, 3, 3], data: down },
          up: { shape: [to, rank, 1, 1], data: up },
        }),
      },
    );
    const plain = await loadGraph(build([]), { model: model(merged) });
    const x = fed([1, from, 8, 6], wave(from * 48, 3));
    const a = await branches.run({ x, lora_strengths: fed([1], Float32Array.of(0.4)) });
    const c = await plain.run({ x });
    expect(a.y!.dims).toEqual([1, to, 4, 3]);
    expect(worstDifference(a.y!.data, c.y!.data)).toBeLessThan(1e-5);
  });
});
