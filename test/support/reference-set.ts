import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The public reference set, as copied into the tests. */
const root = new URL('../conformance/reference/', import.meta.url);

export function referencePath(path: string): string {
  return fileURLToPath(new URL(path, root));
}

export function referenceExists(path: string): boolean {
  return existsSync(referencePath(path));
}

export function referenceBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(referencePath(path)));
}

/** A JSON file of the reference set; the caller says its shape. */
export function referenceJson<T>(path: string): T {
  return JSON.parse(readFileSync(referencePath(path), 'utf8')) as T;
}

const arrays = {
  U8: Uint8Array,
  BOOL: Uint8Array,
  I32: Int32Array,
  I64: BigInt64Array,
  F32: Float32Array,
  F64: Float64Array,
} as const;

type ArrayName = keyof typeof arrays;

export interface ReferenceTensor<T extends ArrayName = ArrayName> {
  readonly shape: readonly number[];
  readonly data: InstanceType<(typeof arrays)[T]>;
}

/**
 * Tensors of a safetensors file, read the plain way: an oracle for tests of other things than the reader itself.
 * A tensor of a type not listed above throws when it is asked for.
 */
export function referenceTensors(path: string): {
  readonly names: readonly string[];
  get<T extends ArrayName>(name: string, type: T): ReferenceTensor<T>;
} {
  const bytes = referenceBytes(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return {
    names: Object.keys(header).filter((name) => name !== '__metadata__'),
    get<T extends ArrayName>(name: string, type: T): ReferenceTensor<T> {
      const entry = header[name];
      if (entry === undefined) throw new Error(`${path} has no tensor ${name}.`);
      if (entry.dtype !== type) throw new Error(`${name} is ${entry.dtype}, asked for as ${type}.`);
      const [start, end] = entry.data_offsets;
      const copy = bytes.slice(8 + length + start, 8 + length + end);
      return {
        shape: entry.shape,
        data: new arrays[type](copy.buffer) as InstanceType<(typeof arrays)[T]>,
      };
    },
  };
}
