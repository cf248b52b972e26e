import { joinedBytes } from '../joined-bytes.ts';
import type { DataType } from './data-type.ts';

/** A tensor in a pickle: contiguous, alone on the storage `key`. */
export class WrittenTensor {
  readonly storage: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  constructor(storage: string, dtype: DataType, shape: readonly number[]) {
    this.storage = storage;
    this.dtype = dtype;
    this.shape = shape;
  }
}

/** An OrderedDict, as state dicts are; a plain Map is a dict. */
export class OrderedMap extends Map<string, WritablePickle> {}

export type WritablePickle =
  | null
  | boolean
  | number
  | string
  | WrittenTensor
  | ReadonlyMap<string, WritablePickle>;

const storageNames: Readonly<Record<DataType, string>> = {
  f16: 'HalfStorage',
  bf16: 'BFloat16Storage',
  f32: 'FloatStorage',
  f64: 'DoubleStorage',
  i64: 'LongStorage',
  i32: 'IntStorage',
  i16: 'ShortStorage',
  i8: 'CharStorage',
  u8: 'ByteStorage',
  bool: 'BoolStorage',
};

/** The pickle, protocol 2, that torch.save writes for dictionaries of tensors. */
export function writePickle(value: WritablePickle): Uint8Array {
  const writer = new PickleWriter();
  writer.byte(0x80, 2);
  writer.value(value);
  writer.byte(0x2e);
  return writer.bytes();
}

class PickleWriter {
  private readonly pieces: Uint8Array[] = [];
  private readonly memo = new Map<string, number>();
  private readonly encoder = new TextEncoder();

  bytes(): Uint8Array {
    return joinedBytes(this.pieces);
  }

  byte(...bytes: number[]): void {
    this.pieces.push(Uint8Array.from(bytes));
  }

  value(value: WritablePickle): void {
    if (value === null) this.byte(0x4e);
    else if (typeof value === 'boolean') this.byte(value ? 0x88 : 0x89);
    else if (typeof value === 'number') this.number(value);
    else if (typeof value === 'string') this.string(value);
    else if (value instanceof WrittenTensor) this.tensor(value);
    else this.map(value);
  }

  private map(map: ReadonlyMap<string, WritablePickle>): void {
    if (map instanceof OrderedMap) this.emptyOrderedDict();
    else this.byte(0x7d); // EMPTY_DICT
    if (map.size === 0) return;
    this.byte(0x28); // MARK
    for (const [key, value] of map) {
      this.string(key);
      this.value(value);
    }
    this.byte(0x75); // SETITEMS
  }

  private tensor({ storage, dtype, shape }: WrittenTensor): void {
    this.global('torch._utils', '_rebuild_tensor_v2');
    this.byte(0x28, 0x28); // MARK, MARK
    this.string('storage');
    this.global('torch', storageNames[dtype]);
    this.string(storage);
    this.string('cpu');
    this.number(shape.reduce((product, side) => product * side, 1));
    this.byte(0x74, 0x51); // TUPLE, BINPERSID
    this.number(0);
    this.tuple(shape);
    this.tuple(shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1)));
    this.byte(0x89); // NEWFALSE: requires_grad
    this.emptyOrderedDict();
    this.byte(0x74, 0x52); // TUPLE, REDUCE
  }

  private emptyOrderedDict(): void {
    this.global('collections', 'OrderedDict');
    this.byte(0x29, 0x52); // EMPTY_TUPLE, REDUCE
  }

  private tuple(items: readonly number[]): void {
    this.byte(0x28); // MARK
    for (const item of items) this.number(item);
    this.byte(0x74); // TUPLE
  }

  private number(value: number): void {
    const bytes = new Uint8Array(9);
    const view = new DataView(bytes.buffer);
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
      bytes[0] = 0x4a; // BININT
      view.setInt32(1, value, true);
      this.pieces.push(bytes.subarray(0, 5));
    } else if (Number.isSafeInteger(value)) {
      this.byte(0x8a, 8); // LONG1
      view.setBigInt64(1, BigInt(value), true);
      this.pieces.push(bytes.subarray(1));
    } else {
      bytes[0] = 0x47; // BINFLOAT
      view.setFloat64(1, value, false);
      this.pieces.push(bytes);
    }
  }

  private string(text: string): void {
    if (this.recalled(text)) return;
    const encoded = this.encoder.encode(text);
    const head = new Uint8Array(5);
    head[0] = 0x58; // BINUNICODE
    new DataView(head.buffer).setUint32(1, encoded.length, true);
    this.pieces.push(head, encoded);
    this.remember(text);
  }

  private global(module: string, name: string): void {
    const line = `c${module}\n${name}\n`;
    if (this.recalled(line)) return;
    this.pieces.push(this.encoder.encode(line));
    this.remember(line);
  }

  private recalled(what: string): boolean {
    const index = this.memo.get(what);
    if (index === undefined) return false;
    this.index(0x6a, index); // LONG_BINGET
    return true;
  }

  private remember(what: string): void {
    this.memo.set(what, this.memo.size);
    this.index(0x72, this.memo.size - 1); // LONG_BINPUT
  }

  private index(opcode: number, index: number): void {
    const bytes = new Uint8Array(5);
    bytes[0] = opcode;
    new DataView(bytes.buffer).setUint32(1, index, true);
    this.pieces.push(bytes);
  }
}
