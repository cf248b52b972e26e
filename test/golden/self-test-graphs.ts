/**
 * Prints packages/core/src/runtime/onnx/self-test-graphs.ts, the graphs by which a device proves itself:
 * `node --conditions=source --import tsx test/golden/self-test-graphs.ts > packages/core/src/runtime/onnx/self-test-graphs.ts`
 */
import { encodeModel } from '../../models/src/onnx/encode-model.ts';
import type { GraphEdge, OnnxNode } from '../../models/src/onnx/onnx-graph.ts';

const node = (
  opType: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
  domain = '',
): OnnxNode => ({ opType, domain, inputs, outputs: [output], attributes });
const edge = (name: string, dims: GraphEdge['dims']): GraphEdge => ({ name, type: 'float32', dims });
const base64 = (name: string, inputs: GraphEdge[], outputs: GraphEdge[], nodes: OnnxNode[]) =>
  Buffer.from(encodeModel({ name, inputs, outputs, nodes, initializers: [] })).toString('base64');

const heads = ['batch', 'heads', 'tokens', 'width'];
const graphs = {
  attention: base64(
    'attention',
    [edge('q', heads), edge('k', heads), edge('v', heads)],
    [edge('y', heads)],
    [
      node('Transpose', ['k'], 'kt', { perm: [0, 1, 3, 2] }),
      node('MatMul', ['q', 'kt'], 'logits'),
      node('Softmax', ['logits'], 'weights', { axis: -1 }),
      node('MatMul', ['weights', 'v'], 'y'),
    ],
  ),
  fusedAttention: base64(
    'fused-attention',
    ['q', 'k', 'v'].map((name) => edge(name, ['batch', 'tokens', 'width'])),
    [edge('y', ['batch', 'tokens', 'width'])],
    [
      node(
        'MultiHeadAttention',
        ['q', 'k', 'v'],
        'y',
        { num_heads: 2, scale: { float: 1 } },
        'com.microsoft',
      ),
    ],
  ),
  convolution: base64(
    'convolution',
    [edge('x', ['batch', 'channels', 'height', 'width']), edge('weight', ['outputs', 'channels', 3, 3])],
    [edge('y', ['batch', 'outputs', 'height', 'width'])],
    [node('Conv', ['x', 'weight'], 'y', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })],
  ),
};

const lines = (text: string) => (text.match(/.{1,96}/g) ?? []).map((line) => `    '${line}'`).join(' +\n');
console.log(`/**
 * The graphs by which a device proves itself, as ONNX files in base64, made by test/golden/self-test-graphs.ts (which says
 * how). No weights: everything is an input, and every dimension is dynamic.
 */
export const selfTestGraphs = {
  /** softmax(q k^T) v for q, k, v [B,H,N,D], written out. */
  attention:
${lines(graphs.attention)},
  /** The same by onnxruntime's MultiHeadAttention, 2 heads, for q, k, v [B,N,2D]. */
  fusedAttention:
${lines(graphs.fusedAttention)},
  /** 3x3 convolution, padded by one, x [B,C,H,W], weight [O,C,3,3]. */
  convolution:
${lines(graphs.convolution)},
} as const;`);
