import {
  type Attribute,
  elementTypes,
  type GraphEdge,
  type Initializer,
  type OnnxGraph,
  type OnnxNode,
} from './onnx-graph.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Operator set 20 is the first with Gelu; every provider of onnxruntime 1.30 knows it. IR version 9 goes with it. */
const opset = 20;
const irVersion = 9;

/** The bytes of an ONNX file. Field numbers are those of onnx.proto (github.com/onnx/onnx). */
export function encodeModel(graph: OnnxGraph): Uint8Array {
  const body = new ProtobufWriter();
  for (const node of graph.nodes) body.message(1, encodeNode(node));
  body.string(2, graph.name);
  for (const initializer of graph.initializers) body.message(5, encodeInitializer(initializer));
  for (const input of graph.inputs) body.message(11, encodeEdge(input));
  for (const output of graph.outputs) body.message(12, encodeEdge(output));

  const model = new ProtobufWriter().integer(1, irVersion).string(2, 'stable-pose').message(7, body);
  model.message(8, new ProtobufWriter().string(1, '').integer(2, opset));
  if (graph.nodes.some((node) => node.domain === 'com.microsoft')) {
    model.message(8, new ProtobufWriter().string(1, 'com.microsoft').integer(2, 1));
  }
  return model.finish();
}

function encodeNode(node: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.string(1, input);
  for (const output of node.outputs) writer.string(2, output);
  // The name appears in onnxruntime's messages and profiles: the first output identifies the node.
  writer.string(3, `${node.opType}:${node.outputs[0]}`).string(4, node.opType);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, encodeAttribute(name, value));
  }
  if (node.domain) writer.string(7, node.domain);
  return writer;
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter().string(1, name);
  if (typeof value === 'number') return writer.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return writer.string(4, value).integer(20, 3);
  if ('float' in value) return writer.float(2, value.float).integer(20, 1);
  for (const item of value) writer.integer(8, item);
  return writer.integer(20, 7);
}

function encodeInitializer({ name, type, dims, data }: Initializer): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const dim of dims) writer.integer(1, dim);
  writer.integer(2, elementTypes[type]).string(8, name);
  if (data.kind === 'inline') return writer.bytes(9, data.bytes);
  const entries = { location: data.location, offset: String(data.offset), length: String(data.length) };
  for (const [key, value] of Object.entries(entries)) {
    writer.message(13, new ProtobufWriter().string(1, key).string(2, value));
  }
  return writer.integer(14, 1);
}

function encodeEdge({ name, type, dims }: GraphEdge): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dim of dims) {
    const item = new ProtobufWriter();
    shape.message(1, typeof dim === 'number' ? item.integer(1, dim) : item.string(2, dim));
  }
  const tensorType = new ProtobufWriter().integer(1, elementTypes[type]).message(2, shape);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}
