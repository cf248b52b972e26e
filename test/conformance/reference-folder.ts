import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const arrays = {
  U8: Uint8Array,
  BOOL: Uint8Array,
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;
type DataType = keyof typeof arrays;

/** A tensor of a reference set, as plain numbers. */
export interface Recorded {
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array;
}

/** A folder of reference vectors in the public set's layout. */
export class ReferenceFolder {
  readonly root: string;
  private readonly tensorFiles = new Map<
    string,
    { header: Record<string, Entry>; bytes: Buffer; start: number }
  >();

  constructor(root: string) {
    this.root = root;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)));
  }

  json<T>(name: string): T {
    return JSON.parse(readFileSync(this.path(name), 'utf8')) as T;
  }

  /** Names of the tensors in a safetensors file. */
  names(file: string): string[] {
    return Object.keys(this.open(file).header).filter((name) => name !== '__metadata__');
  }

  metadata(file: string): Record<string, string> {
    return (this.open(file).header.__metadata__ ?? {}) as unknown as Record<string, string>;
  }

  tensor(file: string, name: string): Recorded {
    const { header, bytes, start } = this.open(file);
    const entry = header[name];
    if (entry === undefined) throw new Error(`${file} holds no ${name}.`);
    const [from, to] = entry.data_offsets;
    const copy = new Uint8Array(bytes.subarray(start + from, start + to)).buffer;
    const Constructor = arrays[entry.dtype as DataType];
    if (Constructor === undefined)
      throw new Error(`${file}: ${name} is ${entry.dtype}, which no check reads.`);
    const raw = new Constructor(copy);
    const data = raw instanceof BigInt64Array ? Float64Array.from(raw, Number) : raw;
    return { dims: entry.shape, dtype: entry.dtype, data };
  }

  private open(file: string): { header: Record<string, Entry>; bytes: Buffer; start: number } {
    let opened = this.tensorFiles.get(file);
    if (opened === undefined) {
      const bytes = readFileSync(this.path(file));
      const length = Number(bytes.readBigUInt64LE(0));
      const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8')) as Record<string, Entry>;
      opened = { header, bytes, start: 8 + length };
      this.tensorFiles.set(file, opened);
    }
    return opened;
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: number[];
  readonly data_offsets: [number, number];
}
