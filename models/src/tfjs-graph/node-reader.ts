import { shown, unsupportedCheckpoint } from '../checkpoint/checkpoint-errors.ts';
import type { TfjsAttribute, TfjsNode } from '../checkpoint/tfjs-graph-model.ts';
import type { TranslatedValue } from './translated-value.ts';

/** A node's inputs and attributes, asked for by what an operator needs. Throws checkpoint-unsupported where they differ. */
export class NodeReader {
  readonly node: TfjsNode;
  readonly inputs: readonly TranslatedValue[];
  private readonly file: string;

  constructor(node: TfjsNode, inputs: readonly TranslatedValue[], file: string) {
    this.node = node;
    this.inputs = inputs;
    this.file = file;
  }

  /** Says what about this node is not translated. */
  refuse(what: string): never {
    throw unsupportedCheckpoint(
      this.file,
      `has the node ${shown(this.node.name)} (${shown(this.node.op)}), whose ${what}`,
      'Only what pose networks of the MoveNet family use is translated.',
    );
  }

  input(index: number): TranslatedValue {
    return this.inputs[index] ?? this.refuse(`input ${index} is missing`);
  }

  /** A constant input's whole numbers. */
  integers(index: number): readonly number[] {
    const { constant, type } = this.input(index);
    if (constant === undefined || type !== 'int64') return this.refuse(`input ${index} is no whole constant`);
    return Array.from(constant);
  }

  integer(index: number): number {
    return this.integers(index)[0] ?? this.refuse(`input ${index} is empty`);
  }

  /** The data of a constant float input. */
  floats(index: number): Float32Array {
    const { constant } = this.input(index);
    return constant instanceof Float32Array ? constant : this.refuse(`input ${index} is no float constant`);
  }

  number(name: string, otherwise?: number): number {
    return this.attribute(name, 'number')?.value ?? otherwise ?? this.refuse(`attribute ${name} is missing`);
  }

  flag(name: string): boolean {
    return this.attribute(name, 'bool')?.value ?? false;
  }

  text(name: string, otherwise = ''): string {
    return this.attribute(name, 'string')?.value ?? otherwise;
  }

  numbers(name: string): readonly number[] {
    return this.attribute(name, 'numbers')?.value ?? [];
  }

  texts(name: string): readonly string[] {
    return this.attribute(name, 'strings')?.value ?? [];
  }

  /** An axis of an input, counted from the front. */
  axis(axis: number, rank: number): number {
    const front = axis < 0 ? axis + rank : axis;
    return Number.isInteger(front) && front >= 0 && front < rank ? front : this.refuse(`axis is ${axis}`);
  }

  attribute<K extends TfjsAttribute['kind']>(
    name: string,
    kind: K,
  ): Extract<TfjsAttribute, { kind: K }> | undefined {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return undefined;
    if (attribute.kind !== kind) return this.refuse(`attribute ${name} is a ${attribute.kind}`);
    return attribute as Extract<TfjsAttribute, { kind: K }>;
  }
}
