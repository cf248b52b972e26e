import { decodeFloat16 } from '@stable-pose/core/tensor';
import { joinedBytes } from '../joined-bytes.ts';
import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { elementsOf } from './data-type.ts';
import { parseLimitedJson } from './limited-json.ts';

/** A value of a node's attribute. Lists hold one kind each; strings are decoded from base64. */
export type TfjsAttribute =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  /** TensorFlow's name of an element type, such as `DT_FLOAT`. */
  | { readonly kind: 'type'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'numbers'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

/** Output `index` of the node `node`. */
export interface TfjsEdge {
  readonly node: string;
  readonly index: number;
}

export interface TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly TfjsEdge[];
  readonly attributes: Readonly<Record<string, TfjsAttribute>>;
}

/** A weight, decoded: floats from float16 or from steps, integers as they are. */
export type TfjsWeight =
  | { readonly type: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly type: 'bool'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** A TensorFlow.js graph model, read and checked: every edge leads to a node, and every constant has its weight. */
export interface TfjsGraphModel {
  /** In an order in which each node stands after its inputs. */
  readonly nodes: readonly TfjsNode[];
  readonly weights: ReadonlyMap<string, TfjsWeight>;
}

export interface TfjsGraphModelFiles {
  /** `model.json`: topology and the list of weights. */
  readonly topology: Uint8Array;
  /** The `.bin` shards, in the order of the manifest's paths. */
  readonly weights: readonly Uint8Array[];
  /** For messages. */
  readonly name?: string;
}

/** Bounds far above any pose network: MoveNet has 340 nodes. */
const mostNodes = 50_000;
const mostTopologyBytes = 64 * 1024 * 1024;
const mostRank = 8;

/**
 * Reads a graph model: `modelTopology` (a GraphDef as JSON) and `weightsManifest`. Layer models, functions and control flow
 * are not read. Format: github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts and tfjs-converter.
 * @throws checkpoint-corrupt when lengths, names or edges contradict each other; checkpoint-unsupported for what is not read
 */
export function readTfjsGraphModel(files: TfjsGraphModelFiles): TfjsGraphModel {
  const file = files.name ?? 'The graph model';
  if (files.topology.length > mostTopologyBytes) {
    throw corruptCheckpoint(file, `its topology has ${files.topology.length} bytes, which no model needs`);
  }
  const json = parseLimitedJson(files.topology, file);
  if (json.format !== undefined && json.format !== 'graph-model') {
    throw unsupportedCheckpoint(
      file,
      `is of TensorFlow.js's format ${shown(JSON.stringify(json.format))}`,
      'Convert it to a graph-model.',
    );
  }
  const weights = readWeights(json.weightsManifest, files.weights, file);
  const topology = asObject(json.modelTopology, 'modelTopology', file);
  const library = topology.library as { function?: unknown } | undefined;
  if (Array.isArray(library?.function) && library.function.length > 0) {
    throw unsupportedCheckpoint(file, 'has functions, and with them control flow', 'Freeze the graph first.');
  }
  const list = asList(topology.node, 'modelTopology.node', file);
  if (list.length > mostNodes) throw corruptCheckpoint(file, `it has ${list.length} nodes`);
  const nodes = new Map<string, TfjsNode>();
  for (const entry of list) {
    const node = readNode(entry, file);
    if (nodes.has(node.name)) throw corruptCheckpoint(file, `two nodes are called ${shown(node.name)}`);
    if (node.op === 'Const' && !weights.has(node.name)) {
      throw corruptCheckpoint(file, `the constant ${shown(node.name)} has no weight`);
    }
    nodes.set(node.name, node);
  }
  return { nodes: inOrder(nodes, file), weights };
}

function readNode(entry: unknown, file: string): TfjsNode {
  const node = asObject(entry, 'a node', file);
  const name = asName(node.name, "a node's name", file);
  const inputs = node.input === undefined ? [] : asList(node.input, `the inputs of ${shown(name)}`, file);
  const attributes: Record<string, TfjsAttribute> = {};
  const given = node.attr === undefined ? {} : asObject(node.attr, `the attributes of ${shown(name)}`, file);
  for (const [key, value] of Object.entries(given)) {
    const attribute = readAttribute(asObject(value, `${key} of ${shown(name)}`, file), file);
    if (attribute) attributes[key] = attribute;
  }
  return {
    name,
    op: asName(node.op, `the operator of ${shown(name)}`, file),
    // "^name" only says that a node runs later: there is no state here that order could matter to.
    inputs: inputs.filter((input) => !String(input).startsWith('^')).map((input) => readEdge(input, file)),
    attributes,
  };
}

function readEdge(input: unknown, file: string): TfjsEdge {
  const text = asName(input, 'an input', file);
  const match = /^(.*):(\d{1,4})$/.exec(text);
  return match ? { node: match[1], index: Number(match[2]) } : { node: text, index: 0 };
}

/** Undefined for kinds that no operator of ours asks for: tensors (the manifest has them), functions. */
function readAttribute(attr: Readonly<Record<string, unknown>>, file: string): TfjsAttribute | undefined {
  if (typeof attr.b === 'boolean') return { kind: 'bool', value: attr.b };
  if (attr.i !== undefined) return { kind: 'number', value: asNumber(attr.i, file) };
  if (attr.f !== undefined) return { kind: 'number', value: asNumber(attr.f, file) };
  if (attr.s !== undefined) return { kind: 'string', value: fromBase64(attr.s, file) };
  if (typeof attr.type === 'string') return { kind: 'type', value: attr.type };
  if (attr.shape !== undefined) {
    const { dim = [] } = asObject(attr.shape, 'a shape', file) as { dim?: unknown };
    const sizes = asList(dim, 'a shape', file).map((entry) =>
      asNumber(asObject(entry, 'a dimension', file).size, file),
    );
    return { kind: 'shape', value: sizes };
  }
  if (attr.list !== undefined) {
    const { i, f, s } = asObject(attr.list, 'a list', file);
    if (s !== undefined) {
      return { kind: 'strings', value: asList(s, 'a list', file).map((text) => fromBase64(text, file)) };
    }
    return {
      kind: 'numbers',
      value: asList(i ?? f ?? [], 'a list', file).map((item) => asNumber(item, file)),
    };
  }
  return undefined;
}

/** Depth first, without recursion: a chain of nodes may be as long as there are nodes. */
function inOrder(nodes: ReadonlyMap<string, TfjsNode>, file: string): readonly TfjsNode[] {
  const order: TfjsNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of nodes.values()) {
    const stack: { readonly node: TfjsNode; next: number }[] = [{ node: start, next: 0 }];
    if (state.has(start.name)) continue;
    state.set(start.name, 'open');
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const edge = top.node.inputs[top.next++];
      if (edge === undefined) {
        state.set(top.node.name, 'done');
        order.push(top.node);
        stack.pop();
        continue;
      }
      const input = nodes.get(edge.node);
      if (!input) {
        throw corruptCheckpoint(
          file,
          `${shown(top.node.name)} reads ${shown(edge.node)}, which is not there`,
        );
      }
      const seen = state.get(input.name);
      if (seen === 'open') throw corruptCheckpoint(file, `${shown(input.name)} depends on itself`);
      if (seen === 'done') continue;
      state.set(input.name, 'open');
      stack.push({ node: input, next: 0 });
    }
  }
  return order;
}

function readWeights(
  manifest: unknown,
  shards: readonly Uint8Array[],
  file: string,
): ReadonlyMap<string, TfjsWeight> {
  const groups = asList(manifest, 'weightsManifest', file).map((group) => asObject(group, 'a group', file));
  const paths = groups.map((group) => asList(group.paths, 'the paths of a group', file).length);
  const expected = paths.reduce((sum, count) => sum + count, 0);
  if (expected !== shards.length) {
    throw corruptCheckpoint(file, `it has ${expected} files of weights, and ${shards.length} were given`);
  }
  const weights = new Map<string, TfjsWeight>();
  let shard = 0;
  groups.forEach((group, g) => {
    const own = shards.slice(shard, shard + paths[g]);
    const bytes = own.length === 1 ? own[0] : joinedBytes(own);
    shard += paths[g];
    let offset = 0;
    for (const entry of asList(group.weights, 'the weights of a group', file)) {
      const spec = readSpec(asObject(entry, 'a weight', file), file);
      const end = offset + spec.elements * spec.stored;
      if (end > bytes.length) {
        throw corruptCheckpoint(
          file,
          `the weight ${shown(spec.name)} ends at byte ${end} of ${bytes.length}`,
        );
      }
      if (weights.has(spec.name)) {
        throw corruptCheckpoint(file, `two weights are called ${shown(spec.name)}`);
      }
      weights.set(spec.name, decode(spec, new Uint8Array(bytes.subarray(offset, end))));
      offset = end;
    }
    if (offset !== bytes.length) {
      throw corruptCheckpoint(file, `its weights take ${offset} bytes, and the files have ${bytes.length}`);
    }
  });
  return weights;
}

interface WeightSpec {
  readonly name: string;
  readonly type: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  readonly elements: number;
  /** Bytes that an element takes in the file. */
  readonly stored: number;
  readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
}

const storedBytes: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  float16: 2,
  uint8: 1,
  uint16: 2,
};

function readSpec(entry: Readonly<Record<string, unknown>>, file: string): WeightSpec {
  const name = asName(entry.name, "a weight's name", file);
  const shape = asList(entry.shape, `the shape of ${shown(name)}`, file).map((side) => asNumber(side, file));
  const elements = elementsOf(shape);
  if (
    shape.length > mostRank ||
    elements === undefined ||
    !shape.every((side) => Number.isInteger(side) && side >= 0)
  ) {
    throw corruptCheckpoint(file, `the weight ${shown(name)} has the shape [${shape.slice(0, mostRank)}]`);
  }
  const { dtype } = entry;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw unsupportedCheckpoint(
      file,
      `has the weight ${shown(name)} of type ${shown(String(dtype))}`,
      'Only float32, int32 and bool are read.',
    );
  }
  if (entry.quantization === undefined) {
    return { name, type: dtype, shape, elements, stored: storedBytes[dtype] };
  }
  const quantization = asObject(entry.quantization, `the quantization of ${shown(name)}`, file);
  const how = String(quantization.dtype);
  if (dtype !== 'float32' || !['float16', 'uint8', 'uint16'].includes(how)) {
    throw unsupportedCheckpoint(
      file,
      `stores the ${dtype} weight ${shown(name)} as ${shown(how)}`,
      'Only floats stored as float16, uint8 or uint16 are read.',
    );
  }
  const { scale = 1, min = 0 } = quantization;
  return {
    name,
    type: dtype,
    shape,
    elements,
    stored: storedBytes[how],
    quantization: { dtype: how, scale: asNumber(scale, file), min: asNumber(min, file) },
  };
}

/** @param bytes the weight's own, at the start of their buffer */
function decode({ type, shape, quantization }: WeightSpec, bytes: Uint8Array): TfjsWeight {
  const { buffer } = bytes;
  if (type === 'bool') return { type, shape, data: bytes };
  if (type === 'int32') return { type, shape, data: new Int32Array(buffer) };
  if (!quantization) return { type, shape, data: new Float32Array(buffer) };
  if (quantization.dtype === 'float16') return { type, shape, data: decodeFloat16(new Uint16Array(buffer)) };
  const steps = quantization.dtype === 'uint8' ? bytes : new Uint16Array(buffer);
  const { scale, min } = quantization;
  return { type, shape, data: Float32Array.from(steps, (step) => step * scale + min) };
}

function asObject(value: unknown, what: string, file: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw corruptCheckpoint(file, `${what} is not an object`);
}

function asList(value: unknown, what: string, file: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw corruptCheckpoint(file, `${what} is not a list`);
}

function asName(value: unknown, what: string, file: string): string {
  if (typeof value === 'string' && value.length > 0) return value;
  throw corruptCheckpoint(file, `${what} is missing`);
}

/** JSON of a GraphDef writes 64-bit integers as strings. */
function asNumber(value: unknown, file: string): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw corruptCheckpoint(file, `a number was expected, got ${shown(JSON.stringify(value) ?? 'nothing')}`);
}

function fromBase64(value: unknown, file: string): string {
  if (typeof value === 'string' && /^[A-Za-z0-9+/=_-]{0,4096}$/.test(value)) {
    try {
      return atob(value.replaceAll('-', '+').replaceAll('_', '/'));
    } catch (cause) {
      throw corruptCheckpoint(file, 'a string is not base64', cause);
    }
  }
  throw corruptCheckpoint(file, 'a string is not base64');
}
