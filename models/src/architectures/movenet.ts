import type { ExecutionProvider, PoseNetworkSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import {
  readTfjsGraphModel,
  type TfjsEdge,
  type TfjsGraphModel,
  type TfjsNode,
} from '../checkpoint/tfjs-graph-model.ts';
import { encodeModel } from '../onnx/encode-model.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { translateGraphModel } from '../tfjs-graph/translate-graph-model.ts';
import { TranslatedValue } from '../tfjs-graph/translated-value.ts';

/** MoveNet's files, as bytes. */
export interface MoveNetFiles {
  /** `model.json` of the TensorFlow.js graph model. */
  readonly topology: Uint8Array;
  /** Its `.bin`, or its shards in order. */
  readonly weights: Uint8Array | readonly Uint8Array[];
}

/**
 * MoveNet single pose (lightning at 192, thunder at 256) as a graph of ours, all of it: keypoints come out as TensorFlow.js
 * gives them. Two seams are opened, so that others than the person in the middle can be asked for: the weights by which
 * centres are compared become an input, and the centres' answers an output.
 * @throws checkpoint-corrupt, checkpoint-unsupported; architecture-unsupported for another graph model
 */
export function openMoveNet(
  files: MoveNetFiles,
  options: { readonly provider?: ExecutionProvider; readonly name?: string } = {},
): PoseNetworkSource {
  const name = options.name ?? 'movenet';
  const weights = files.weights instanceof Uint8Array ? [files.weights] : files.weights;
  const model = readTfjsGraphModel({ topology: files.topology, weights, name });
  const seams = findSeams(model);
  const graph = new GraphBuilder(name, { forms: operatorForms(options.provider ?? 'cpu') });
  const { side, cells } = seams;
  const picture = graph.node('Cast', [graph.input('picture', 'int32', [1, side, side, 3])], { to: 1 });
  const centerWeights = graph.input('center_weights', 'float32', [cells, cells, 1]);
  const instead = new Map([
    [seams.picture, TranslatedValue.of(graph, picture, [1, side, side, 3])],
    [seams.centerWeights, TranslatedValue.of(graph, centerWeights, [cells, cells, 1])],
  ]);
  const outputs = [seams.keypoints, seams.centerHeat];
  const [keypoints, centerHeat] = translateGraphModel(graph, model, outputs, { instead, name });
  if (keypoints.shape.join() !== '1,1,17,3' || centerHeat.shape.join() !== `1,${cells},${cells},1`) {
    throw notMoveNet(`keypoints of [${keypoints.shape}]`);
  }
  graph.output('keypoints', keypoints.channelsLast(), keypoints.shape);
  graph.output('center_heat', centerHeat.channelsLast(), centerHeat.shape);
  const plan = graph.plan();
  const weightBytes = plan.constants.reduce(
    (sum, { data }) => sum + (data.kind === 'inline' ? data.bytes.length : 0),
    0,
  );
  return {
    graph: {
      name,
      model: encodeModel({ ...plan, initializers: plan.constants }),
      externalData: [],
      weightBytes,
    },
    side,
    cells,
    centerWeights: seams.ownWeights,
  };
}

interface Seams {
  readonly picture: string;
  readonly side: number;
  readonly keypoints: TfjsEdge;
  readonly centerHeat: TfjsEdge;
  readonly centerWeights: string;
  readonly cells: number;
  readonly ownWeights: Float32Array;
}

/**
 * Finds the seams by form, not by name: one square placeholder of a picture, one output, and the first ArgMax, which takes
 * Reshape(Mul(centre heat, constant [C,C,1])).
 */
function findSeams(model: TfjsGraphModel): Seams {
  const byName = new Map(model.nodes.map((node) => [node.name, node]));
  const [picture, ...more] = model.nodes.filter(({ op }) => op === 'Placeholder');
  const shape = picture?.attributes.shape;
  if (picture === undefined || more.length > 0 || shape?.kind !== 'shape') throw notMoveNet('other inputs');
  const [batch, side, width, channels] = shape.value;
  if (batch !== 1 || side !== width || channels !== 3 || !(side >= 32 && side <= 1024)) {
    throw notMoveNet(`pictures of [${shape.value}]`);
  }
  const read = new Set(model.nodes.flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  const outputs = model.nodes.filter(({ name, op }) => !read.has(name) && op !== 'Const');
  if (outputs.length !== 1) throw notMoveNet(`${outputs.length} outputs`);
  const first = (node: TfjsNode | undefined, op: string): TfjsNode => {
    if (node?.op !== op) throw notMoveNet(`no ${op} where centres are compared`);
    return node;
  };
  const best = first(
    model.nodes.find(({ op }) => op === 'ArgMax'),
    'ArgMax',
  );
  const flat = first(byName.get(best.inputs[0]?.node), 'Reshape');
  const weighted = first(byName.get(flat.inputs[0]?.node), 'Mul');
  const constant = weighted.inputs.find(({ node }) => byName.get(node)?.op === 'Const');
  const centerHeat = weighted.inputs.find(({ node }) => byName.get(node)?.op !== 'Const');
  const own = constant && model.weights.get(constant.node);
  if (!constant || !centerHeat || own?.type !== 'float32') throw notMoveNet('no weights of centres');
  const [cells, cellsAcross, one] = own.shape;
  if (own.shape.length !== 3 || cells !== cellsAcross || one !== 1) {
    throw notMoveNet(`weights of centres of [${own.shape}]`);
  }
  return {
    picture: picture.name,
    side,
    keypoints: { node: outputs[0].name, index: 0 },
    centerHeat,
    centerWeights: constant.node,
    cells,
    ownWeights: own.data,
  };
}

function notMoveNet(what: string): StablePoseError {
  return new StablePoseError(
    'architecture-unsupported',
    `MoveNet for one person was expected, got a graph model with ${what}.`,
    { remedy: 'Give movenet-lightning or movenet-thunder.' },
  );
}
