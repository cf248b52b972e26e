import { StablePoseError } from '@stable-pose/core/errors';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import {
  add,
  averagePool2,
  concat,
  dimensionOf,
  multiply,
  relu,
  reshape,
  transpose,
} from '../onnx/operators.ts';
import { sidesAt } from './residual-outputs.ts';
import { countAt, neededTensors, type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';

/** A T2I-Adapter's sizes (arXiv 2302.08453), the full one without a style or colour branch. */
export interface T2iAdapterConfig {
  /** Before `conv_in` and `body`: empty in published files. */
  readonly prefix: string;
  readonly hintChannels: number;
  /** Picture pixels a side that one cell takes in: 8. */
  readonly patchSize: number;
  /** Channels of each level, one feature map each. */
  readonly levels: readonly number[];
  /** Residual blocks a level. */
  readonly blocks: number;
  /** Kernel of a block's second and of its entering convolution: 1 as published. */
  readonly kernel: number;
  /** Levels are entered by a strided convolution, or (as published) by the mean of 2 x 2 cells. */
  readonly downsampling: 'convolution' | 'mean';
}

export interface T2iAdapterHints {
  /** Residual blocks a level, for an adapter whose levels are all equally wide; 2 as published when left out. */
  readonly blocks?: number;
}

const hintChannels = 3;
const patchSize = 8;
const publishedBlocks = 2;
const what = 'A T2I-Adapter';

/** Reads the sizes from shapes. @throws tensor-mismatch, architecture-unsupported when this is no such adapter of this family */
export function readT2iAdapterConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: T2iAdapterHints = {},
): T2iAdapterConfig {
  refuseOthers(shapes, prefix);
  const count = countAt(shapes, `${prefix}body.`);
  const widthAt = (block: number) => shapeAt(shapes, `${prefix}body.${block}.block1.weight`, 4, what)[0]!;
  const widths = Array.from({ length: count }, (_, block) => widthAt(block));
  const isEntered = (block: number) =>
    shapes.has(`${prefix}body.${block}.in_conv.weight`) ||
    shapes.has(`${prefix}body.${block}.down_opt.op.weight`);
  const second = widths.findIndex((_, block) => block > 0 && isEntered(block));
  const blocks = second > 0 ? second : (hints.blocks ?? publishedBlocks);
  if (!Number.isInteger(blocks) || blocks < 1 || count % blocks !== 0) {
    throw new StablePoseError(
      'tensor-mismatch',
      `This T2I-Adapter has ${count} residual blocks, which are no whole levels of ${blocks}.`,
      {
        remedy: 'Say the blocks of a level as control_config.params.nums_rb in config.json.',
        details: { count, blocks },
      },
    );
  }
  return {
    prefix,
    hintChannels,
    patchSize,
    levels: widths.filter((_, block) => block % blocks === 0),
    blocks,
    kernel: shapeAt(shapes, `${prefix}body.0.block2.weight`, 4, what)[2]!,
    downsampling: shapes.has(`${prefix}body.${blocks}.down_opt.op.weight`) ? 'convolution' : 'mean',
  };
}

/** @throws architecture-unsupported for light T2I-Adapters and for other hints than pictures of poses */
function refuseOthers(shapes: TensorShapes, prefix: string): void {
  const refusal = (message: string, remedy: string) =>
    new StablePoseError('architecture-unsupported', message, { remedy });
  if (shapes.has(`${prefix}body.0.out_conv.weight`)) {
    throw refusal(
      'This is a light T2I-Adapter, as published for colours.',
      'Use a full one for OpenPose skeletons, such as t2iadapter_openpose_sd14v1.pth.',
    );
  }
  const taken = shapeAt(shapes, `${prefix}conv_in.weight`, 4, what)[1]!;
  if (taken === patchSize ** 2) {
    throw refusal(
      'This T2I-Adapter looks at grey pictures (sketches, edges), not at poses.',
      'Use one for OpenPose skeletons.',
    );
  }
  if (taken !== hintChannels * patchSize ** 2) {
    throw refusal(
      `This T2I-Adapter takes in ${taken} values a cell; those of Stable Diffusion 1 take in ${hintChannels} x 8 x 8.`,
      'Use one of Stable Diffusion 1.',
    );
  }
}

/**
 * hint_image `[1,3,H,W]` in [0,1] and strength `[1]` -> encoder_residual_i, one a level. It sees neither noise nor time:
 * the whole adapter, once a picture.
 */
export function t2iAdapter(config: T2iAdapterConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('hint-encoder', options);
  const { prefix, levels, blocks, patchSize: patch } = config;
  const hint = graph.input('hint_image', 'float32', ['R', config.hintChannels, 'H', 'W']);
  const strength = graph.input('strength', 'float32', [1]);
  const cells = pixelUnshuffle(graph, hint, config.hintChannels, patch);
  let x = convolution(graph, cells, `${prefix}conv_in`, config.hintChannels * patch ** 2, levels[0]!);
  let from = levels[0]!;
  levels.forEach((to, level) => {
    for (let block = 0; block < blocks; block += 1) {
      const key = `${prefix}body.${level * blocks + block}`;
      if (level > 0 && block === 0) x = downsampled(graph, x, key, from, config);
      x = residualBlock(graph, x, key, from, to, config.kernel);
      from = to;
    }
    graph.output(`encoder_residual_${level}`, multiply(graph, x, strength), [
      'R',
      to,
      ...sidesAt(2 ** level),
    ]);
  });
  return graph.plan();
}

/** `[R,C,H,W] -> [R,C p p,H/p,W/p]`; a cell's elements in the order (channel, row, column), as torch's PixelUnshuffle. */
function pixelUnshuffle(graph: GraphBuilder, x: Value, channels: number, patch: number): Value {
  const side = (axis: number) => graph.node('Div', [dimensionOf(graph, x, axis), graph.integers([patch])]);
  const [rows, height, width] = [dimensionOf(graph, x, 0), side(2), side(3)];
  const inner = graph.integers([patch]);
  const apart = reshape(
    graph,
    x,
    concat(graph, [rows, graph.integers([channels]), height, inner, width, inner], 0),
  );
  const together = transpose(graph, apart, [0, 1, 3, 5, 2, 4]);
  return reshape(
    graph,
    together,
    concat(graph, [rows, graph.integers([channels * patch ** 2]), height, width], 0),
  );
}

function downsampled(
  graph: GraphBuilder,
  x: Value,
  key: string,
  channels: number,
  { downsampling }: T2iAdapterConfig,
): Value {
  if (downsampling === 'mean') return averagePool2(graph, x);
  return convolution(graph, x, `${key}.down_opt.op`, channels, channels, { stride: 2 });
}

function residualBlock(
  graph: GraphBuilder,
  x: Value,
  key: string,
  from: number,
  to: number,
  kernel: number,
): Value {
  const entered = from === to ? x : convolution(graph, x, `${key}.in_conv`, from, to, { kernel });
  const h = relu(graph, convolution(graph, entered, `${key}.block1`, to, to));
  return add(graph, convolution(graph, h, `${key}.block2`, to, to, { kernel }), entered);
}

/** Every tensor of a T2I-Adapter, by key. */
export function t2iAdapterTensors(config: T2iAdapterConfig): Map<string, Shape> {
  return neededTensors(t2iAdapter(config, { forms: operatorForms('cpu') }));
}
