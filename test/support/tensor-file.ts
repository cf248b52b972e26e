import { readFileSync } from 'node:fs';

const arrays = {
  U8: Uint8Array,
  BOOL: Uint8Array,
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

/** The types of safetensors that it reads. */
export type TensorFileType = keyof typeof arrays;

export interface FileTensor<T extends TensorFileType = TensorFileType> {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: InstanceType<(typeof arrays)[T]>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** A safetensors file read the plain way: an oracle for tests of other things than the reader itself. */
export class TensorFile {
  private readonly path: string;
  private readonly bytes: Uint8Array;
  private readonly start: number;
  private readonly entries: Readonly<Record<string, Entry>>;
  readonly metadata: Readonly<Record<string, string>>;

  constructor(path: string) {
    this.path = path;
    this.bytes = new Uint8Array(readFileSync(path));
    this.start = 8 + Number(new DataView(this.bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(this.bytes.subarray(8, this.start)));
    const { __metadata__: metadata = {}, ...entries } = header;
    this.metadata = metadata;
    this.entries = entries;
  }

  get names(): string[] {
    return Object.keys(this.entries);
  }

  /** A copy. Throws for a name that is not there, and a type that it does not read. */
  get(name: string): FileTensor {
    const entry = this.entries[name];
    if (entry === undefined) throw new Error(`${this.path} holds no ${name}.`);
    if (!(entry.dtype in arrays))
      throw new Error(`${this.path}: ${name} is ${entry.dtype}, which no test reads.`);
    const type = entry.dtype as TensorFileType;
    const [from, to] = entry.data_offsets;
    const { buffer } = this.bytes.slice(this.start + from, this.start + to);
    return { type, shape: entry.shape, data: new arrays[type](buffer) };
  }
}
