import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { transpose } from '../onnx/operators.ts';

/** Whole numbers are int64 in our graphs, whatever TensorFlow calls them: ONNX's indices and shapes are. */
export type TranslatedType = 'float32' | 'int64';

/** What is known of a constant: small ones decide shapes. */
export type ConstantData = Float32Array | readonly number[];

/**
 * A TensorFlow value in an ONNX graph. TensorFlow puts channels last, ONNX's convolutions want them second: a value of four
 * dimensions is kept in whichever order it was made, and turned once when the other is asked for.
 */
export class TranslatedValue {
  /** As TensorFlow sees it. */
  readonly shape: readonly number[];
  readonly type: TranslatedType;
  readonly constant: ConstantData | undefined;
  private readonly graph: GraphBuilder;
  private readonly make: (() => Value) | undefined;
  private last: Value | undefined;
  private second: Value | undefined;

  private constructor(
    graph: GraphBuilder,
    shape: readonly number[],
    type: TranslatedType,
    places: { readonly last?: Value; readonly second?: Value; readonly make?: () => Value },
    constant?: ConstantData,
  ) {
    this.graph = graph;
    this.shape = shape;
    this.type = type;
    this.last = places.last;
    this.second = places.second;
    this.make = places.make;
    this.constant = constant;
  }

  /** A value in TensorFlow's own order. */
  static of(
    graph: GraphBuilder,
    value: Value,
    shape: readonly number[],
    type: TranslatedType = 'float32',
    constant?: ConstantData,
  ): TranslatedValue {
    return new TranslatedValue(graph, shape, type, { last: value }, constant);
  }

  /** A constant, put into the graph when a node first takes it as it is: kernels never are. */
  static constant(
    graph: GraphBuilder,
    make: () => Value,
    shape: readonly number[],
    type: TranslatedType,
    data: ConstantData,
  ): TranslatedValue {
    return new TranslatedValue(graph, shape, type, { make }, data);
  }

  /** A value of four dimensions whose channels stand second in the graph. @param shape with the channels last */
  static channelsSecond(graph: GraphBuilder, value: Value, shape: readonly number[]): TranslatedValue {
    return new TranslatedValue(graph, shape, 'float32', { second: value });
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  /** Whether the value is there with its channels second, without turning it. */
  get isChannelsSecond(): boolean {
    return this.second !== undefined;
  }

  channelsLast(): Value {
    this.last ??= this.make?.() ?? transpose(this.graph, this.second as Value, [0, 2, 3, 1]);
    return this.last;
  }

  /** Four dimensions only. */
  channelsSecond(): Value {
    this.second ??= transpose(this.graph, this.channelsLast(), [0, 3, 1, 2]);
    return this.second;
  }
}
