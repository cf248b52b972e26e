import { shown, unsupportedCheckpoint } from '../checkpoint/checkpoint-errors.ts';
import type { TfjsEdge, TfjsGraphModel, TfjsNode, TfjsWeight } from '../checkpoint/tfjs-graph-model.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { reshape } from '../onnx/operators.ts';
import { NodeReader } from './node-reader.ts';
import { translations } from './operators.ts';
import { TranslatedValue } from './translated-value.ts';

export interface TranslateOptions {
  /** Nodes whose value the caller makes: name to value. What only they need is not translated. */
  readonly instead?: ReadonlyMap<string, TranslatedValue>;
  /** For messages. */
  readonly name?: string;
}

/**
 * Adds the nodes of a graph model that the asked ones need to `graph`, one by one. Placeholders must be given as `instead`.
 * Sizes are fixed, as everything behind a placeholder is.
 * @returns the values of the asked edges
 * @throws checkpoint-unsupported for an operator, or a form of one, that is not translated
 */
export function translateGraphModel(
  graph: GraphBuilder,
  model: TfjsGraphModel,
  outputs: readonly TfjsEdge[],
  options: TranslateOptions = {},
): readonly TranslatedValue[] {
  const file = options.name ?? 'The graph model';
  const { instead = new Map<string, TranslatedValue>() } = options;
  const needed = ancestors(
    model,
    outputs.map(({ node }) => node),
    instead,
  );
  const values = new Map<string, readonly TranslatedValue[]>();
  const edgeValue = ({ node, index }: TfjsEdge): TranslatedValue => {
    const value = values.get(node)?.[index];
    if (value === undefined) {
      throw unsupportedCheckpoint(
        file,
        `has no output ${index} of ${shown(node)}`,
        'Check that the file is whole.',
      );
    }
    return value;
  };
  for (const node of model.nodes) {
    if (!needed.has(node.name)) continue;
    const given = instead.get(node.name);
    if (given) {
      values.set(node.name, [given]);
      continue;
    }
    const weight = node.op === 'Const' ? model.weights.get(node.name) : undefined;
    if (weight) {
      values.set(node.name, [constantOf(graph, node, weight)]);
      continue;
    }
    const translate = Object.hasOwn(translations, node.op) ? translations[node.op] : undefined;
    if (translate === undefined) {
      throw unsupportedCheckpoint(
        file,
        `has the node ${shown(node.name)} of kind ${shown(node.op)}, which is not translated`,
        'Only what pose networks of the MoveNet family use is translated.',
      );
    }
    values.set(node.name, translate(graph, new NodeReader(node, node.inputs.map(edgeValue), file)));
  }
  return outputs.map(edgeValue);
}

function constantOf(graph: GraphBuilder, node: TfjsNode, { type, shape, data }: TfjsWeight): TranslatedValue {
  if (type === 'float32') {
    return TranslatedValue.constant(
      graph,
      () => graph.floats(node.name, shape, data),
      shape,
      'float32',
      data,
    );
  }
  const list = Array.from(data);
  const make = () => {
    const value = graph.integers(shape.length === 0 ? list[0] : list);
    return shape.length <= 1 ? value : reshape(graph, value, shape);
  };
  return TranslatedValue.constant(graph, make, shape, 'int64', list);
}

/** Names of everything that the asked nodes read, directly or not. */
function ancestors(
  model: TfjsGraphModel,
  asked: readonly string[],
  instead: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  const needed = new Set(asked);
  for (const node of [...model.nodes].reverse()) {
    if (!needed.has(node.name) || instead.has(node.name)) continue;
    for (const input of node.inputs) needed.add(input.node);
  }
  return needed;
}
