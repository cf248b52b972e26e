import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { NodeReader } from './node-reader.ts';
import { TranslatedValue } from './translated-value.ts';

/**
 * A convolution with what is fused to it: bias, then an activation. Weights are turned here, once: `[H, W, in, out]` to
 * `[out, in, H, W]`, depthwise `[H, W, in, m]` to `[in m, 1, H, W]`.
 */
export function convolve(graph: GraphBuilder, node: NodeReader, kind: 'full' | 'depthwise'): TranslatedValue {
  if (node.text('data_format', 'NHWC') !== 'NHWC') node.refuse('channels are not last');
  const x = node.input(0);
  const kernel = node.input(1);
  if (x.rank !== 4 || kernel.rank !== 4) node.refuse(`shapes are [${x.shape}] and [${kernel.shape}]`);
  const [batch, height, width, channels] = x.shape;
  const [kernelHeight, kernelWidth, from, to] = kernel.shape;
  if (from !== channels) node.refuse(`kernel [${kernel.shape}] does not fit [${x.shape}]`);
  const outputs = kind === 'full' ? to : from * to;
  const [strideY, strideX] = middle(node, 'strides');
  const [dilationY, dilationX] = middle(node, 'dilations');
  const down = along(node, height, kernelHeight, strideY, dilationY);
  const across = along(node, width, kernelWidth, strideX, dilationX);
  const fused = node.texts('fused_ops');
  const inputs = [x.channelsSecond(), turnedKernel(graph, node, kind)];
  const [first, ...activations] = fused[0] === 'BiasAdd' ? fused : [undefined, ...fused];
  if (first === 'BiasAdd') {
    if (node.input(2).size !== outputs) node.refuse('bias does not fit');
    inputs.push(node.input(2).channelsLast());
  }
  let value = graph.node('Conv', inputs, {
    kernel_shape: [kernelHeight, kernelWidth],
    strides: [strideY, strideX],
    dilations: [dilationY, dilationX],
    pads: [down.before, across.before, down.after, across.after],
    group: kind === 'full' ? 1 : channels,
  });
  for (const operator of activations) {
    if (operator === 'Relu') value = graph.node('Relu', [value]);
    else if (operator === 'Relu6') {
      value = graph.node('Clip', [value, graph.scalar(0), graph.scalar(6)]);
    } else node.refuse(`fused operator ${operator} is not known`);
  }
  return TranslatedValue.channelsSecond(graph, value, [batch, down.size, across.size, outputs]);
}

/** Height's and width's entries of a list of four. */
function middle(node: NodeReader, name: string): readonly [number, number] {
  const list = node.numbers(name);
  if (list.length === 0) return [1, 1];
  if (list.length !== 4 || list[0] !== 1 || list[3] !== 1) node.refuse(`${name} are [${list}]`);
  return [list[1], list[2]];
}

/**
 * TensorFlow's padding along one axis. SAME gives ceil(size / stride) places and puts the odd pixel behind: at stride 2 that
 * is not what equal padding on both sides gives.
 */
function along(
  node: NodeReader,
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
): { readonly size: number; readonly before: number; readonly after: number } {
  const reach = (kernel - 1) * dilation + 1;
  const padding = node.text('padding');
  if (padding === 'VALID') return { size: Math.floor((size - reach) / stride) + 1, before: 0, after: 0 };
  if (padding !== 'SAME') node.refuse(`padding is ${padding}`);
  const places = Math.ceil(size / stride);
  const total = Math.max(0, (places - 1) * stride + reach - size);
  const before = Math.floor(total / 2);
  return { size: places, before, after: total - before };
}

function turnedKernel(graph: GraphBuilder, node: NodeReader, kind: 'full' | 'depthwise'): string {
  const [height, width, from, to] = node.input(1).shape;
  const data = node.floats(1);
  const turned = new Float32Array(data.length);
  const area = height * width;
  for (let place = 0; place < area; place++) {
    for (let i = 0; i < from; i++) {
      for (let o = 0; o < to; o++) {
        const channel = kind === 'full' ? o * from + i : i * to + o;
        turned[channel * area + place] = data[(place * from + i) * to + o];
      }
    }
  }
  const dims = kind === 'full' ? [to, from, height, width] : [from * to, 1, height, width];
  return graph.floats(`kernel of ${node.node.name}`, dims, turned);
}
