import type { ExternalData, GraphSource } from '@stable-pose/core/contract';
import { encodeModel } from '../../../models/src/onnx/encode-model.ts';
import type { GraphEdge, Initializer, OnnxNode } from '../../../models/src/onnx/onnx-graph.ts';

const edge = (name: string, dims: GraphEdge['dims']): GraphEdge => ({ name, type: 'float32', dims });
const node = (opType: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}) => ({
  opType,
  domain: '',
  inputs,
  outputs: [output],
  attributes,
});

function source(
  name: string,
  inputs: GraphEdge[],
  nodes: OnnxNode[],
  initializers: Initializer[] = [],
  externalData: ExternalData[] = [],
): GraphSource {
  const outputs = [edge('y', ['n'])];
  return {
    name,
    model: encodeModel({ name, inputs, outputs, nodes, initializers }),
    externalData,
    weightBytes: 0,
  };
}

export interface ExternalVector {
  readonly name: string;
  readonly location: string;
  readonly offset: number;
}

/** y = x + every external vector of 4 floats. */
export function sumGraph(vectors: readonly ExternalVector[], externalData: ExternalData[]): GraphSource {
  const nodes = vectors.map(({ name }, index) =>
    node(
      'Add',
      [index === 0 ? 'x' : `sum ${index - 1}`, name],
      index === vectors.length - 1 ? 'y' : `sum ${index}`,
    ),
  );
  const initializers = vectors.map(
    ({ name, location, offset }): Initializer => ({
      name,
      type: 'float32',
      dims: [4],
      data: { kind: 'external', location, offset, length: 16 },
    }),
  );
  return source('sum', [edge('x', [4])], nodes, initializers, externalData);
}

/** y = x * x */
export const squareGraph = (): GraphSource =>
  source('square', [edge('x', ['n'])], [node('Mul', ['x', 'x'], 'y')]);

/** Minutes of matrix products: y = the sum of x [2048,2048] multiplied by itself again and again. */
export function endlessGraph(): GraphSource {
  const products = Array.from({ length: 600 }, (_, i) =>
    node('MatMul', [i === 0 ? 'x' : `product ${i - 1}`, 'x'], `product ${i}`),
  );
  const last = node('ReduceSum', [`product ${products.length - 1}`], 'y', { keepdims: 0 });
  return source('endless', [edge('x', [2048, 2048])], [...products, last]);
}

/** y = x stretched to 2^42 floats: 16 TiB. */
export function hugeGraph(): GraphSource {
  const shape = new BigInt64Array([1n << 42n]);
  const initializer: Initializer = {
    name: 'shape',
    type: 'int64',
    dims: [1],
    data: { kind: 'inline', bytes: new Uint8Array(shape.buffer) },
  };
  return source('huge', [edge('x', [1])], [node('Expand', ['x', 'shape'], 'y')], [initializer]);
}
