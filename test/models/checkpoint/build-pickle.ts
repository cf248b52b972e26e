/** A pickle from parts: numbers are bytes, texts their characters. */
export function pickleOf(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) =>
        typeof part === 'number'
          ? Buffer.of(part)
          : typeof part === 'string'
            ? Buffer.from(part, 'latin1')
            : Buffer.from(part),
      ),
    ),
  );
}

/** BINUNICODE. */
export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5);
  head[0] = 0x58;
  head.writeUInt32LE(bytes.length, 1);
  return new Uint8Array(Buffer.concat([head, bytes]));
}

/** BININT, or LONG1 for what does not fit. */
export function integer(value: number): Uint8Array {
  if (Math.abs(value) < 2 ** 31) {
    const bytes = Buffer.alloc(5);
    bytes[0] = 0x4a;
    bytes.writeInt32LE(value, 1);
    return new Uint8Array(bytes);
  }
  const bytes = Buffer.alloc(10);
  bytes[0] = 0x8a;
  bytes[1] = 8;
  bytes.writeBigInt64LE(BigInt(value), 2);
  return new Uint8Array(bytes);
}

const tuple = (values: readonly number[]) => pickleOf('(', ...values.map(integer), 't');

export interface BuiltTensor {
  readonly storage?: string;
  readonly type?: string;
  readonly storageSize: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A tensor as torch.save writes it, whatever it claims. */
export function tensor(value: BuiltTensor): Uint8Array {
  return pickleOf(
    'ctorch._utils\n_rebuild_tensor_v2\n',
    '((',
    text('storage'),
    `ctorch\n${value.type ?? 'FloatStorage'}\n`,
    text(value.storage ?? '0'),
    text('cpu'),
    integer(value.storageSize),
    'tQ',
    integer(value.offset ?? 0),
    tuple(value.shape),
    tuple(value.strides),
    0x89,
    'ccollections\nOrderedDict\n)R',
    'tR',
  );
}

/** A pickle of a dictionary. */
export function dictionary(...items: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  return pickleOf(0x80, 2, '}(', ...items.flatMap(([key, value]) => [text(key), value]), 'u.');
}
