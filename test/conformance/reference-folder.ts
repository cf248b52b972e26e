import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorFile } from '../support/tensor-file.ts';

/** A tensor of a reference set, as plain numbers. */
export interface Recorded {
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array;
}

/** A folder of reference vectors in the public set's layout. */
export class ReferenceFolder {
  readonly root: string;
  private readonly tensorFiles = new Map<string, TensorFile>();

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
    return this.open(file).names;
  }

  metadata(file: string): Readonly<Record<string, string>> {
    return this.open(file).metadata;
  }

  tensor(file: string, name: string): Recorded {
    const { shape, type, data } = this.open(file).get(name);
    return {
      dims: shape,
      dtype: type,
      data: data instanceof BigInt64Array ? Float64Array.from(data, Number) : data,
    };
  }

  private open(file: string): TensorFile {
    const opened = this.tensorFiles.get(file) ?? new TensorFile(this.path(file));
    this.tensorFiles.set(file, opened);
    return opened;
  }
}
