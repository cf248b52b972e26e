import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { moveNetPaths } from '../../../models/movenet/src/index.ts';
import { openMoveNet } from '../../../models/src/architectures/movenet.ts';
import { readTfjsGraphModel } from '../../../models/src/checkpoint/tfjs-graph-model.ts';

const paths = moveNetPaths();
const topology = readFileSync(paths.topology);
const weights = readFileSync(paths.weights);

interface Model {
  modelTopology: { node: { name: string; op: string; input?: string[] }[] };
  weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
}

/** MoveNet's topology with something changed. */
function changed(change: (model: Model) => void): Uint8Array {
  const model = JSON.parse(topology.toString()) as Model;
  change(model);
  return new TextEncoder().encode(JSON.stringify(model));
}

const read = (file: Uint8Array, bytes: readonly Uint8Array[] = [weights]) =>
  readTfjsGraphModel({ topology: file, weights: bytes });

describe('a TensorFlow.js graph model', () => {
  it('is read whole, every node after its inputs', () => {
    const model = read(topology);
    const seen = new Set<string>();
    for (const node of model.nodes) {
      for (const input of node.inputs) expect(seen.has(input.node)).toBe(true);
      seen.add(node.name);
    }
    expect(model.weights.size).toBe(180);
  });

  it('may come in several files', () => {
    const two = changed((model) => model.weightsManifest[0]!.paths.push('second.bin'));
    expect(read(two, [weights.subarray(0, 1001), weights.subarray(1001)]).weights.size).toBe(180);
  });

  it.each<[string, Uint8Array, Uint8Array]>([
    ['is cut', topology.subarray(0, 5000), weights],
    ['has too few weights', topology, weights.subarray(0, 1000)],
    ['has too many weights', topology, new Uint8Array(weights.length + 2)],
    ['reads what is not there', changed((m) => m.modelTopology.node.at(-1)!.input!.push('nowhere')), weights],
    [
      'turns in a circle',
      changed((m) => m.modelTopology.node.find(({ op }) => op === 'Cast')!.input!.push('Identity')),
      weights,
    ],
    ['names a node twice', changed((m) => m.modelTopology.node.push(m.modelTopology.node[0]!)), weights],
    ['has a size below nothing', changed((m) => m.weightsManifest[0]!.weights[0]!.shape.push(-1)), weights],
    ['has an endless size', changed((m) => m.weightsManifest[0]!.weights[0]!.shape.push(2 ** 52)), weights],
  ])('is refused as damaged when it %s', (_, file, bytes) => {
    expect(() => read(file, [bytes])).toThrow(expect.objectContaining({ code: 'checkpoint-corrupt' }));
  });

  it('is refused when it is no graph of this kind', () => {
    const other = changed((model) => {
      model.modelTopology.node.find(({ op }) => op === 'Sqrt')!.op = 'Fft';
    });
    expect(() => openMoveNet({ topology: other, weights })).toThrow(
      expect.objectContaining({ code: 'checkpoint-unsupported' }),
    );
  });
});
