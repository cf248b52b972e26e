import { readTfjsGraphModel } from '../../models/src/checkpoint/tfjs-graph-model.ts';
import { GraphBuilder } from '../../models/src/onnx/graph-builder.ts';
import { operatorForms } from '../../models/src/onnx/operator-forms.ts';
import { translateGraphModel } from '../../models/src/tfjs-graph/translate-graph-model.ts';
import { TranslatedValue } from '../../models/src/tfjs-graph/translated-value.ts';
import { type FuzzOptions, type FuzzReport, fuzzLoop } from './fuzz-loop.ts';
import { mutatedText } from './mutated-text.ts';
import { refusedAsCheckpoint } from './refused-as-checkpoint.ts';
import { scrambled } from './scrambled.ts';

/**
 * Feeds broken TensorFlow.js graph models to their reader and to the translation into our graphs. A starting file is model.json, a zero
 * byte, and the weights. Whatever comes is read, with every weight as long as its shape says, or refused with a checkpoint's code.
 */
export function fuzzGraphModels(options: FuzzOptions): Promise<FuzzReport> {
  return fuzzLoop(options, {
    what: 'A graph model',
    ending: '.bin',
    mutated: (files, random) => {
      const [topologies, weights] = [
        files.map((file) => split(file)[0]),
        split(files[Math.floor(random() * files.length)]!)[1],
      ];
      const topology = mutatedText(topologies, random);
      return joined(topology, random() < 0.2 ? scrambled(weights, weights, random) : weights);
    },
    holds,
  });
}

function split(file: Uint8Array): [string, Uint8Array] {
  const end = file.indexOf(0);
  return [new TextDecoder().decode(file.subarray(0, end)), file.subarray(end + 1)];
}

function joined(topology: string, weights: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(topology.replaceAll('\0', '')), Buffer.of(0), weights]));
}

function holds(input: Uint8Array): boolean {
  const [text, weights] = split(input);
  try {
    const model = readTfjsGraphModel({
      topology: new TextEncoder().encode(text),
      weights: [weights],
      name: 'fuzz',
    });
    for (const [name, { shape, data }] of model.weights) {
      const count = shape.reduce((product, side) => product * side, 1);
      if (data.length !== count) throw new Error(`${name} has ${data.length} values of ${count}.`);
    }
    const graph = new GraphBuilder('fuzz', { forms: operatorForms('cpu') });
    const shape = [1, 4, 4, 3];
    const picture = TranslatedValue.of(graph, graph.input('input', 'float32', shape), shape);
    const last = model.nodes.at(-1);
    const instead = new Map([['input', picture]]);
    if (last) translateGraphModel(graph, model, [{ node: last.name, index: 0 }], { instead });
    return true;
  } catch (error) {
    return refusedAsCheckpoint(error);
  }
}
