import type { EyesGraph } from '@stable-pose/core/contract';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { add, concat, dimensionOf, reshape, sigmoid, transpose, upsampleNearest } from '../onnx/operators.ts';

/** Sizes of the eyes, as models/training/eyes.py names them. Batch norms are folded into the convolutions. */
export interface EyesConfig {
  /** Channels at half the picture's size. */
  readonly stem: number;
  /** Channels of each level, from a quarter of the picture's size downwards. */
  readonly levels: readonly number[];
  /** Convolutions of each level after the halving one. */
  readonly blocks: readonly number[];
  /** Channels on the way up, finest first; one less than levels. */
  readonly top: readonly number[];
  /** Channels of the matte's branch at half the picture's size. */
  readonly matte: number;
}

const keypoints = 17;

/** The graph of one of {@link EyesGraph}: see the contract's `EyesNetworkSource`. */
export function eyes(config: EyesConfig, part: EyesGraph, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder(`eyes-${part}`, options);
  const { stem, levels, top } = config;
  const picture = graph.input('picture', 'float32', ['B', 4, 'H', 'W']);
  const fine = layer(graph, picture, 'stem', 4, stem, { stride: 2 });
  const seen: Value[] = [];
  let x = fine;
  levels.forEach((to, level) => {
    const from = level === 0 ? stem : levels[level - 1]!;
    x = layer(graph, x, `down.${level}.down`, from, to, { stride: 2 });
    for (let block = 0; block < config.blocks[level]!; block++) {
      x = add(graph, x, layer(graph, x, `down.${level}.blocks.${block}`, to, to));
    }
    seen.push(x);
  });
  for (let i = top.length - 1; i >= 0; i--) {
    const from = top[i + 1] ?? levels[levels.length - 1]!;
    x = up(graph, x, seen[i]!, `up.${i}`, { from, beside: levels[i]!, to: top[i]! });
  }
  if (part === 'keypoints') {
    const heat = convolution(graph, x, 'heat', top[0]!, keypoints, { kernel: 1 });
    graph.output('heat_maps', heat, ['B', keypoints, 'h', 'w']);
  } else {
    const edge = up(graph, x, fine, 'edge', { from: top[0]!, beside: stem, to: config.matte });
    const quarters = convolution(graph, edge, 'matte', config.matte, 4);
    graph.output('matte', sigmoid(graph, pixelShuffle(graph, quarters)), ['B', 1, 'H', 'W']);
  }
  return graph.plan();
}

/** Convolution and ReLU. */
function layer(
  graph: GraphBuilder,
  x: Value,
  key: string,
  from: number,
  to: number,
  options: { readonly kernel?: number; readonly stride?: number } = {},
): Value {
  return graph.node('Relu', [convolution(graph, x, key, from, to, options)]);
}

/** Twice the size, plus what the way down saw there, then a convolution with a skip round it. */
function up(
  graph: GraphBuilder,
  x: Value,
  beside: Value,
  key: string,
  { from, beside: besideFrom, to }: { readonly from: number; readonly beside: number; readonly to: number },
): Value {
  const coarse = upsampleNearest(graph, layer(graph, x, `${key}.reduce`, from, to, { kernel: 1 }));
  const joined = add(
    graph,
    coarse,
    convolution(graph, beside, `${key}.beside`, besideFrom, to, { kernel: 1 }),
  );
  return add(graph, joined, layer(graph, joined, `${key}.mix`, to, to));
}

/** `[B,4,h,w] -> [B,1,2h,2w]`, channels row by row. */
function pixelShuffle(graph: GraphBuilder, x: Value): Value {
  const [batch, height, width] = [0, 2, 3].map((axis) => dimensionOf(graph, x, axis)) as [
    Value,
    Value,
    Value,
  ];
  const [one, two] = [graph.integers([1]), graph.integers([2])];
  const parted = reshape(graph, x, concat(graph, [batch, two, two, height, width], 0));
  const woven = transpose(graph, parted, [0, 3, 1, 4, 2]);
  const twice = (side: Value) => graph.node('Mul', [side, two]);
  return reshape(graph, woven, concat(graph, [batch, one, twice(height), twice(width)], 0));
}
