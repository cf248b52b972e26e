import type { Attribute, ElementType, GraphEdge, Initializer, OnnxNode } from './onnx-graph.ts';
import type { OperatorForms } from './operator-forms.ts';

/** The name of a value inside a graph. */
export type Value = string;

/** A weight that a graph needs: tensor `key` of the checkpoint called `source`, seen as `dims` (same element order). */
export interface WeightUse {
  readonly name: Value;
  readonly source: string;
  readonly key: string;
  /** The shape that the architecture expects in the checkpoint. */
  readonly shape: readonly number[];
  /** The shape that the graph wants; the same bytes. */
  readonly dims: readonly number[];
  /** True when the graph takes float16 as it is; otherwise a Cast to float32 follows a float16 weight. */
  readonly anyFloat: boolean;
}

/** One low-rank branch: W x becomes W x + strength * scale * up(down(x)). */
export interface LowRankBranch {
  /** Which entry of `lora_strengths` multiplies it. */
  readonly index: number;
  /** Name of the checkpoint that holds the two tensors. */
  readonly source: string;
  readonly downKey: string;
  readonly downShape: readonly number[];
  readonly upKey: string;
  readonly upShape: readonly number[];
  /** alpha / rank */
  readonly scale: number;
}

/** The LoRA branches of a weight, by its key in the model; empty when there are none. */
export type LowRankLookup = (key: string) => readonly LowRankBranch[];

export interface GraphBuilderOptions {
  readonly forms: OperatorForms;
  readonly lowRank?: LowRankLookup;
  /** Declares the input `lora_strengths` even when no branch of this graph uses it, so that callers feed it everywhere. */
  readonly strengths?: boolean;
  /** Name of the checkpoint that {@link GraphBuilder.weight} means. */
  readonly source?: string;
}

/** What a builder has gathered: everything but the bytes of the weights. */
export interface GraphPlan {
  readonly name: string;
  readonly inputs: readonly GraphEdge[];
  readonly outputs: readonly GraphEdge[];
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly Initializer[];
  readonly weights: readonly WeightUse[];
}

/**
 * Gathers nodes, constants and needed weights. It knows no architecture and no file: ops add nodes to it, and
 * {@link import('./find-weights.ts').findWeights} turns its plan into a graph once it is known where the weights lie.
 */
export class GraphBuilder {
  readonly forms: OperatorForms;
  readonly lowRank: LowRankLookup;
  private readonly name: string;
  private readonly source: string;
  private readonly inputs: GraphEdge[] = [];
  private readonly outputs: GraphEdge[] = [];
  private readonly nodes: OnnxNode[] = [];
  private readonly constants = new Map<string, Initializer>();
  private readonly weights = new Map<string, WeightUse>();
  private readonly memo = new Map<string, Value>();
  private counter = 0;

  constructor(name: string, options: GraphBuilderOptions) {
    this.name = name;
    this.forms = options.forms;
    this.lowRank = options.lowRank ?? (() => []);
    this.source = options.source ?? 'model';
    if (options.strengths) this.input('lora_strengths', 'float32', ['L']);
  }

  input(name: string, type: ElementType, dims: readonly (number | string)[]): Value {
    if (!this.inputs.some((input) => input.name === name)) this.inputs.push({ name, type, dims });
    return name;
  }

  output(
    name: string,
    value: Value,
    dims: readonly (number | string)[],
    type: ElementType = 'float32',
  ): void {
    this.nodes.push({ opType: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
    this.outputs.push({ name, type, dims });
  }

  /** Adds a node of one output. An empty string as input means "left out". */
  node(
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): Value {
    return this.nodeWithOutputs(1, opType, inputs, attributes, domain)[0]!;
  }

  nodeWithOutputs(
    count: number,
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): readonly Value[] {
    const outputs = Array.from({ length: count }, () => `v${this.counter++}`);
    this.nodes.push({ opType, domain, inputs, outputs, attributes });
    return outputs;
  }

  /** A value made once per graph, however often it is asked for. */
  once(name: string, make: () => Value): Value {
    const known = this.memo.get(name);
    if (known !== undefined) return known;
    const value = make();
    this.memo.set(name, value);
    return value;
  }

  /** An int64 constant; a scalar when `values` is a number. */
  integers(values: number | readonly number[]): Value {
    const list = typeof values === 'number' ? [values] : values;
    const name = typeof values === 'number' ? `i64 ${values}` : `i64 [${values.join(',')}]`;
    const bytes = new Uint8Array(BigInt64Array.from(list.map((value) => BigInt(value))).buffer);
    return this.constant(name, 'int64', typeof values === 'number' ? [] : [list.length], bytes);
  }

  scalar(value: number, type: 'float32' | 'int32' = 'float32'): Value {
    const data = type === 'float32' ? Float32Array.of(value) : Int32Array.of(value);
    return this.constant(`${type} ${value}`, type, [], new Uint8Array(data.buffer));
  }

  /** A float32 constant, known by its name: the first data given under a name stay. */
  floats(name: string, dims: readonly number[], data: Float32Array): Value {
    return this.constant(
      name,
      'float32',
      dims,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
  }

  /**
   * A weight of the checkpoint, as float32.
   * @param shape the shape that the architecture expects
   * @param dims the same elements seen in another shape, such as `[C,1,1]` for a `[C]` scale
   */
  weight(key: string, shape: readonly number[], dims: readonly number[] = shape): Value {
    return this.addWeight(this.source, key, shape, dims, false);
  }

  /** A weight that may stay float16: the reader casts what it takes from it. */
  halfOrFloat(key: string, shape: readonly number[]): Value {
    return this.addWeight(this.source, key, shape, shape, true);
  }

  /** A weight of another checkpoint (a LoRA). */
  weightOf(source: string, key: string, shape: readonly number[], dims: readonly number[] = shape): Value {
    return this.addWeight(source, key, shape, dims, false);
  }

  plan(): GraphPlan {
    return {
      name: this.name,
      inputs: this.inputs,
      outputs: this.outputs,
      nodes: this.nodes,
      constants: [...this.constants.values()],
      weights: [...this.weights.values()],
    };
  }

  private constant(name: string, type: ElementType, dims: readonly number[], bytes: Uint8Array): Value {
    if (!this.constants.has(name)) {
      this.constants.set(name, { name, type, dims, data: { kind: 'inline', bytes } });
    }
    return name;
  }

  private addWeight(
    source: string,
    key: string,
    shape: readonly number[],
    dims: readonly number[],
    anyFloat: boolean,
  ): Value {
    const name = `${source}:${key}[${dims.join(',')}]`;
    if (!this.weights.has(name)) this.weights.set(name, { name, source, key, shape, dims, anyFloat });
    return name;
  }
}
