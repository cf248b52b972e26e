import type { ExecutionProvider } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { GraphBuilder, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { concat, multiply, relu, reshape, subtract } from '../onnx/operators.ts';
import { type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';

const what = 'Inception';
/** Side of the picture that the network sees. */
const side = 299;
const batchNormEpsilon = 1e-3;

/**
 * Inception v3 up to its last pool, as FID uses it: the network of TensorFlow's `inception-2015-12-05`, ported to PyTorch
 * (`pt_inception-2015-12-05-6726825d.pth`, torch-fidelity's file of the same). Against torchvision's Inception, pools of
 * Mixed blocks leave padding out of their means, and the last block's is a maximum. Pictures are resized in the graph as
 * TensorFlow 1 does (bilinear, corners not aligned, pixel 0 on pixel 0), not smoothed.
 *
 * picture `[B,3,H,W]`, RGB 0-255 -> features `[B,2048]`
 * @throws tensor-mismatch when a layer is missing; architecture-unsupported for torchvision's own weights
 */
export function inceptionFeatures(
  shapes: TensorShapes,
  options: { readonly provider?: ExecutionProvider } = {},
): GraphPlan {
  if (shapes.get('fc.weight')?.join() === '1000,2048') {
    throw new StablePoseError(
      'architecture-unsupported',
      "These are torchvision's weights of Inception; FID is measured by TensorFlow's of 2015.",
      { remedy: 'Use pt_inception-2015-12-05-6726825d.pth.' },
    );
  }
  const graph = new GraphBuilder('inception', { forms: operatorForms(options.provider ?? 'cpu') });
  const net = new Inception(graph, shapes);
  const picture = graph.input('picture', 'float32', ['B', 3, 'H', 'W']);
  let x = scaled(graph, picture);
  x = net.layer(x, 'Conv2d_1a_3x3', { stride: 2, valid: true });
  x = net.layer(x, 'Conv2d_2a_3x3', { valid: true });
  x = net.layer(x, 'Conv2d_2b_3x3');
  x = net.pool(x, 'MaxPool', 2);
  x = net.layer(x, 'Conv2d_3b_1x1');
  x = net.layer(x, 'Conv2d_4a_3x3', { valid: true });
  x = net.pool(x, 'MaxPool', 2);
  for (const name of ['Mixed_5b', 'Mixed_5c', 'Mixed_5d']) x = net.blockA(x, name);
  x = net.blockB(x, 'Mixed_6a');
  for (const name of ['Mixed_6b', 'Mixed_6c', 'Mixed_6d', 'Mixed_6e']) x = net.blockC(x, name);
  x = net.blockD(x, 'Mixed_7a');
  x = net.blockE(x, 'Mixed_7b', 'AveragePool');
  x = net.blockE(x, 'Mixed_7c', 'MaxPool');
  const width = inceptionWidth(shapes);
  const pooled = graph.node('GlobalAveragePool', [x]);
  graph.output('features', reshape(graph, pooled, [-1, width]), ['B', width]);
  return graph.plan();
}

/** Features a picture: 2048 in the published weights. @throws tensor-mismatch */
export function inceptionWidth(shapes: TensorShapes): number {
  const widthOf = (branch: string) => shapeAt(shapes, `Mixed_7c.${branch}.conv.weight`, 4, what)[0]!;
  return [
    'branch1x1',
    'branch3x3_2a',
    'branch3x3_2b',
    'branch3x3dbl_3a',
    'branch3x3dbl_3b',
    'branch_pool',
  ].reduce((sum, branch) => sum + widthOf(branch), 0);
}

/** 0-255 to about [-1, 1] at 299 x 299: (x - 128) / 128. */
function scaled(graph: GraphBuilder, picture: Value): Value {
  const shape = graph.node('Shape', [picture]);
  const batchAndChannels = graph.node('Slice', [shape, graph.integers([0]), graph.integers([2])]);
  const size = graph.node('Concat', [batchAndChannels, graph.integers([side, side])], { axis: 0 });
  const resized = graph.node('Resize', [picture, '', '', size], {
    mode: 'linear',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  return multiply(graph, subtract(graph, resized, graph.scalar(128)), graph.scalar(1 / 128));
}

interface LayerOptions {
  readonly stride?: number;
  /** Without padding; else the size stays. */
  readonly valid?: boolean;
}

/** The paper's blocks (arXiv 1512.00567, figures 5 to 7), by the names of the checkpoint; widths come from its shapes. */
class Inception {
  private readonly graph: GraphBuilder;
  private readonly shapes: TensorShapes;

  constructor(graph: GraphBuilder, shapes: TensorShapes) {
    this.graph = graph;
    this.shapes = shapes;
  }

  /** Convolution, batch norm, ReLU. */
  layer(x: Value, name: string, { stride = 1, valid = false }: LayerOptions = {}): Value {
    const { graph } = this;
    const shape: Shape = shapeAt(this.shapes, `${name}.conv.weight`, 4, what);
    const [out, , height, width] = shape as readonly [number, number, number, number];
    const [top, left] = valid ? [0, 0] : [(height - 1) / 2, (width - 1) / 2];
    const convolved = graph.node('Conv', [x, graph.weight(`${name}.conv.weight`, shape)], {
      kernel_shape: [height, width],
      strides: [stride, stride],
      pads: [top, left, top, left],
    });
    const statistics = ['weight', 'bias', 'running_mean', 'running_var'].map((key) =>
      graph.weight(`${name}.bn.${key}`, [out]),
    );
    const normed = graph.node('BatchNormalization', [convolved, ...statistics], {
      epsilon: { float: batchNormEpsilon },
    });
    return relu(graph, normed);
  }

  /** Of 3 x 3; with a stride of 2 without padding. Padding is left out of means, which is onnx' default. */
  pool(x: Value, kind: 'AveragePool' | 'MaxPool', stride: 1 | 2): Value {
    const pad = stride === 1 ? 1 : 0;
    return this.graph.node(kind, [x], {
      kernel_shape: [3, 3],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  blockA(x: Value, name: string): Value {
    const narrow = this.layer(x, `${name}.branch1x1`);
    const five = this.chain(x, name, ['branch5x5_1', 'branch5x5_2']);
    const double = this.chain(x, name, ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3']);
    return this.join([narrow, five, double, this.pooled(x, name, 'AveragePool')]);
  }

  blockB(x: Value, name: string): Value {
    const three = this.layer(x, `${name}.branch3x3`, { stride: 2, valid: true });
    const double = this.chain(x, name, ['branch3x3dbl_1', 'branch3x3dbl_2']);
    const halved = this.layer(double, `${name}.branch3x3dbl_3`, { stride: 2, valid: true });
    return this.join([three, halved, this.pool(x, 'MaxPool', 2)]);
  }

  blockC(x: Value, name: string): Value {
    const narrow = this.layer(x, `${name}.branch1x1`);
    const seven = this.chain(x, name, ['branch7x7_1', 'branch7x7_2', 'branch7x7_3']);
    const double = this.chain(
      x,
      name,
      [1, 2, 3, 4, 5].map((i) => `branch7x7dbl_${i}`),
    );
    return this.join([narrow, seven, double, this.pooled(x, name, 'AveragePool')]);
  }

  blockD(x: Value, name: string): Value {
    const three = this.layer(this.layer(x, `${name}.branch3x3_1`), `${name}.branch3x3_2`, {
      stride: 2,
      valid: true,
    });
    const seven = this.chain(x, name, ['branch7x7x3_1', 'branch7x7x3_2', 'branch7x7x3_3']);
    const halved = this.layer(seven, `${name}.branch7x7x3_4`, { stride: 2, valid: true });
    return this.join([three, halved, this.pool(x, 'MaxPool', 2)]);
  }

  blockE(x: Value, name: string, pool: 'AveragePool' | 'MaxPool'): Value {
    const narrow = this.layer(x, `${name}.branch1x1`);
    const three = this.layer(x, `${name}.branch3x3_1`);
    const double = this.chain(x, name, ['branch3x3dbl_1', 'branch3x3dbl_2']);
    const fork = (from: Value, branch: string) =>
      ['a', 'b'].map((end) => this.layer(from, `${name}.${branch}${end}`));
    return this.join([
      narrow,
      ...fork(three, 'branch3x3_2'),
      ...fork(double, 'branch3x3dbl_3'),
      this.pooled(x, name, pool),
    ]);
  }

  private chain(x: Value, name: string, branches: readonly string[]): Value {
    return branches.reduce((value, branch) => this.layer(value, `${name}.${branch}`), x);
  }

  private pooled(x: Value, name: string, kind: 'AveragePool' | 'MaxPool'): Value {
    return this.layer(this.pool(x, kind, 1), `${name}.branch_pool`);
  }

  private join(values: readonly Value[]): Value {
    return concat(this.graph, values, 1);
  }
}
