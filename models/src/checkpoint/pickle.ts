import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';

/** The name of a Python class or function. It is never looked up anywhere but in the allow-list. */
export class PickleGlobal {
  readonly module: string;
  readonly name: string;
  constructor(module: string, name: string) {
    this.module = module;
    this.name = name;
  }
  get path(): string {
    return `${this.module}.${this.name}`;
  }
}

export class PickleTuple {
  readonly items: readonly PickleValue[];
  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** What some class would have been made into: kept as its name, arguments and state; inert. */
export class PickleObject {
  readonly type: string;
  readonly args: readonly PickleValue[];
  state: PickleValue = null;
  /** What was set on it as on a dictionary. */
  readonly items = new Map<PickleValue, PickleValue>();
  constructor(type: string, args: readonly PickleValue[]) {
    this.type = type;
    this.args = args;
  }
}

/** A value that an allow-list makes (a tensor, a storage). */
export abstract class PickleExternal {}

/** Dictionaries are Maps; their keys are compared as Map does, so equal tuples are different keys. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleTuple
  | PickleGlobal
  | PickleObject
  | PickleExternal;

export interface PickleRules {
  /** What a call of an allowed function gives; undefined for all others, which become inert objects. */
  call(
    callee: PickleGlobal,
    args: readonly PickleValue[],
    spend: (steps: number) => void,
  ): PickleValue | undefined;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
  /** The state that a pickle sets on a value of the allow-list; without this it is dropped. */
  build?(target: PickleExternal, state: PickleValue): void;
}

/** Far above what a checkpoint needs (one of 5000 tensors takes 250 000 steps). */
const mostSteps = 2_000_000;
const mostMemo = 1_000_000;
const deepestStack = 500_000;
const longestName = 1024;
const longestDigits = 1024;

const protocolLimit = 5;

/**
 * Reads a pickle with a machine of its own: opcodes of protocols 0 to 5 as CPython's pickletools.py describes them. Nothing
 * is imported or executed; what `rules` does not know becomes an inert object. Steps, memo and stack are limited.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export function readPickle(bytes: Uint8Array, file: string, rules: PickleRules): PickleValue {
  return new PickleMachine(bytes, file, rules).run();
}

/**
 * Reads one of several pickles that follow each other: the one that begins at `start`, and where it ends.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export function readPickleAt(
  bytes: Uint8Array,
  start: number,
  file: string,
  rules: PickleRules,
): { readonly value: PickleValue; readonly end: number } {
  const machine = new PickleMachine(bytes.subarray(start), file, rules);
  const value = machine.run();
  return { value, end: start + machine.position };
}

class PickleMachine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly file: string;
  private readonly rules: PickleRules;
  private readonly stack: PickleValue[] = [];
  /** Stack heights at which marks stand. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private at = 0;
  private steps = 0;
  private readonly text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

  constructor(bytes: Uint8Array, file: string, rules: PickleRules) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.file = file;
    this.rules = rules;
  }

  /** Bytes read so far. */
  get position(): number {
    return this.at;
  }

  run(): PickleValue {
    for (;;) {
      this.spend(1);
      const opcode = this.byte();
      if (opcode === 0x2e) return this.pop();
      this.step(opcode);
      if (this.stack.length > deepestStack) throw this.corrupt(`it stacks more than ${deepestStack} values`);
    }
  }

  /** One opcode; the comment is its name in pickletools.py. */
  private step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.proto(this.byte());
        return;
      case 0x95: // FRAME
        this.skip(8);
        return;
      case 0x28: // MARK
        this.marks.push(this.stack.length);
        if (this.marks.length > deepestStack) throw this.corrupt('it sets too many marks');
        return;
      case 0x30: // POP
        if (this.marks[this.marks.length - 1] === this.stack.length) this.marks.pop();
        else this.pop();
        return;
      case 0x31: // POP_MARK
        this.popMark();
        return;
      case 0x32: // DUP
        this.push(this.top());
        return;
      case 0x4e: // NONE
        this.push(null);
        return;
      case 0x88: // NEWTRUE
        this.push(true);
        return;
      case 0x89: // NEWFALSE
        this.push(false);
        return;
      case 0x4a: // BININT
        this.push(this.view.getInt32(this.skip(4), true));
        return;
      case 0x4b: // BININT1
        this.push(this.byte());
        return;
      case 0x4d: // BININT2
        this.push(this.view.getUint16(this.skip(2), true));
        return;
      case 0x49: // INT
        this.push(this.decimalInteger(true));
        return;
      case 0x4c: // LONG
        this.push(this.decimalInteger(false));
        return;
      case 0x8a: // LONG1
        this.push(this.long(this.byte()));
        return;
      case 0x8b: // LONG4
        this.push(this.long(this.view.getInt32(this.skip(4), true)));
        return;
      case 0x46: // FLOAT
        this.push(Number(this.line()));
        return;
      case 0x47: // BINFLOAT, big-endian
        this.push(this.view.getFloat64(this.skip(8), false));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.push(this.string(this.byte()));
        return;
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        this.push(this.string(this.length4()));
        return;
      case 0x8d: // BINUNICODE8
        this.push(this.string(this.length8()));
        return;
      case 0x55: // SHORT_BINSTRING
        this.push(this.string(this.byte()));
        return;
      case 0x56: // UNICODE
        this.push(this.line());
        return;
      case 0x53: // STRING, in quotes
        this.push(this.line().replace(/^(['"])(.*)\1$/s, '$2'));
        return;
      case 0x43: // SHORT_BINBYTES
        this.push(this.slice(this.byte()));
        return;
      case 0x42: // BINBYTES
        this.push(this.slice(this.length4()));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        this.push(this.slice(this.length8()));
        return;
      default:
        this.containerStep(opcode);
    }
  }

  private containerStep(opcode: number): void {
    switch (opcode) {
      case 0x29: // EMPTY_TUPLE
        this.push(new PickleTuple([]));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.push(new PickleTuple(this.popSome(opcode - 0x84)));
        return;
      case 0x74: // TUPLE
        this.push(new PickleTuple(this.popMark()));
        return;
      case 0x5d: // EMPTY_LIST
        this.push([]);
        return;
      case 0x6c: // LIST
        this.push(this.popMark());
        return;
      case 0x61: // APPEND
        this.append([this.pop()]);
        return;
      case 0x65: // APPENDS
        this.append(this.popMark());
        return;
      case 0x7d: // EMPTY_DICT
        this.push(new Map());
        return;
      case 0x64: {
        // DICT
        const items = this.popMark();
        this.push(new Map());
        this.setItems(items);
        return;
      }
      case 0x73: // SETITEM
        this.setItems(this.popSome(2));
        return;
      case 0x75: // SETITEMS
        this.setItems(this.popMark());
        return;
      case 0x8f: // EMPTY_SET
        this.push(new Set());
        return;
      case 0x90: {
        // ADDITEMS
        const items = this.popMark();
        const target = this.top();
        if (target instanceof Set) for (const item of items) target.add(item);
        else if (!(target instanceof PickleObject)) throw this.corrupt('it adds items to what is no set');
        return;
      }
      case 0x91: // FROZENSET
        this.push(new Set(this.popMark()));
        return;
      default:
        this.objectStep(opcode);
    }
  }

  private objectStep(opcode: number): void {
    switch (opcode) {
      case 0x63: // GLOBAL
        this.push(new PickleGlobal(this.line(), this.line()));
        return;
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popSome(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw this.corrupt('a class has no name');
        if (module.length > longestName || name.length > longestName)
          throw this.corrupt('a class name is too long');
        this.push(new PickleGlobal(module, name));
        return;
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callee, args] = this.popSome(2);
        this.call(callee, args);
        return;
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callee, args] = this.popSome(3);
        this.call(callee, args);
        return;
      }
      case 0x69: {
        // INST
        const callee = new PickleGlobal(this.line(), this.line());
        this.call(callee, new PickleTuple(this.popMark()));
        return;
      }
      case 0x6f: {
        // OBJ
        const [callee, ...args] = this.popMark();
        this.call(callee ?? null, new PickleTuple(args));
        return;
      }
      case 0x62: {
        // BUILD: state of dictionaries (hooks, metadata) means nothing here
        const state = this.pop();
        const target = this.top();
        if (target instanceof PickleObject) target.state = state;
        else if (target instanceof PickleExternal) this.rules.build?.(target, state);
        return;
      }
      case 0x50: // PERSID
        this.push(this.rules.persistent(this.line()));
        return;
      case 0x51: // BINPERSID
        this.push(this.rules.persistent(this.pop()));
        return;
      case 0x70: // PUT
        this.remember(this.index(this.line()));
        return;
      case 0x71: // BINPUT
        this.remember(this.byte());
        return;
      case 0x72: // LONG_BINPUT
        this.remember(this.length4());
        return;
      case 0x94: // MEMOIZE
        this.remember(this.memo.size);
        return;
      case 0x67: // GET
        this.recall(this.index(this.line()));
        return;
      case 0x68: // BINGET
        this.recall(this.byte());
        return;
      case 0x6a: // LONG_BINGET
        this.recall(this.length4());
        return;
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
      case 0x97: // NEXT_BUFFER
      case 0x98: // READONLY_BUFFER
        throw unsupportedCheckpoint(
          this.file,
          `holds pickle opcode 0x${opcode.toString(16)}, which torch.save does not write`,
          'Load it in PyTorch with weights_only=True and save it again, best as safetensors.',
        );
      default:
        throw this.corrupt(`0x${opcode.toString(16)} is no pickle opcode`);
    }
  }

  private proto(version: number): void {
    if (version > protocolLimit) {
      throw unsupportedCheckpoint(
        this.file,
        `is a pickle of protocol ${version}`,
        'Save it again with protocol 2.',
      );
    }
  }

  private call(callee: PickleValue, args: PickleValue): void {
    if (!(args instanceof PickleTuple)) throw this.corrupt('a call has no tuple of arguments');
    if (callee instanceof PickleGlobal) {
      const made = this.rules.call(callee, args.items, (steps) => this.spend(steps));
      this.push(made === undefined ? new PickleObject(callee.path, args.items) : made);
    } else if (callee instanceof PickleObject) this.push(new PickleObject(callee.type, args.items));
    else throw this.corrupt('it calls what is no class');
  }

  private append(items: readonly PickleValue[]): void {
    const target = this.top();
    if (Array.isArray(target)) for (const item of items) target.push(item);
    // Classes derived from list are inert: what they hold is not needed.
    else if (!(target instanceof PickleObject)) throw this.corrupt('it appends to what is no list');
  }

  private setItems(items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw this.corrupt('a dictionary has a key without a value');
    const top = this.top();
    const target = top instanceof PickleObject ? top.items : top;
    if (!(target instanceof Map)) throw this.corrupt('it sets items of what is no dictionary');
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  }

  private remember(index: number): void {
    this.memo.set(index, this.top());
    if (this.memo.size > mostMemo) throw this.corrupt(`it remembers more than ${mostMemo} values`);
  }

  private recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.corrupt(`it recalls value ${index}, which it never kept`);
    this.push(value);
  }

  private spend(steps: number): void {
    this.steps += steps;
    if (this.steps > mostSteps) throw this.corrupt(`its pickle takes more than ${mostSteps} steps`);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private pop(): PickleValue {
    if (this.stack.length <= this.floor()) throw this.underflow();
    return this.stack.pop() as PickleValue;
  }

  private top(): PickleValue {
    if (this.stack.length <= this.floor()) throw this.underflow();
    return this.stack[this.stack.length - 1];
  }

  private popSome(count: number): PickleValue[] {
    if (this.stack.length - count < this.floor()) throw this.underflow();
    const items = new Array<PickleValue>(count);
    for (let i = count - 1; i >= 0; i--) items[i] = this.stack.pop() as PickleValue;
    return items;
  }

  private popMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.corrupt('its pickle returns to a mark where there is none');
    return this.stack.splice(mark);
  }

  private underflow(): Error {
    return this.corrupt('its pickle takes a value where there is none');
  }

  private floor(): number {
    return this.marks[this.marks.length - 1] ?? 0;
  }

  /** Steps over `count` bytes and returns where they began. */
  private skip(count: number): number {
    if (count < 0 || this.at + count > this.bytes.length) throw this.corrupt('its pickle is cut off');
    const start = this.at;
    this.at += count;
    return start;
  }

  private byte(): number {
    return this.bytes[this.skip(1)];
  }

  private length4(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  private length8(): number {
    const length = this.view.getBigUint64(this.skip(8), true);
    return length > BigInt(this.bytes.length) ? this.bytes.length + 1 : Number(length);
  }

  private slice(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  private string(length: number): string {
    return this.text.decode(this.slice(length));
  }

  private line(): string {
    const limit = Math.min(this.bytes.length, this.at + longestName);
    let end = this.at;
    while (end < limit && this.bytes[end] !== 0x0a) end++;
    if (end === limit) throw this.corrupt('a line of its pickle does not end');
    const text = this.string(end - this.at);
    this.at = end + 1;
    return text;
  }

  private index(text: string): number {
    const index = Number(text);
    if (!Number.isSafeInteger(index) || index < 0) throw this.corrupt(`${shown(text)} is no memo index`);
    return index;
  }

  private decimalInteger(mayBeBoolean: boolean): PickleValue {
    const text = this.line();
    if (mayBeBoolean && (text === '00' || text === '01')) return text === '01';
    const digits = text.replace(/L$/, '');
    if (!/^\s*-?\d+\s*$/.test(digits)) throw this.corrupt(`${shown(text)} is no integer`);
    return shrunk(BigInt(digits));
  }

  /** A little-endian two's-complement integer. */
  private long(length: number): PickleValue {
    if (length < 0 || length > longestDigits) throw this.corrupt(`an integer of ${length} bytes is too long`);
    let value = 0n;
    const bytes = this.slice(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    return shrunk(BigInt.asIntN(length * 8, value));
  }

  private corrupt(what: string): Error {
    return corruptCheckpoint(this.file, what);
  }
}

/** A number where it is exact. */
function shrunk(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
