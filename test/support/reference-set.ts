import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FileTensor, TensorFile, type TensorFileType } from './tensor-file.ts';

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

/** Tensors of a safetensors file of the set, each asked for by its type. */
export function referenceTensors(path: string): {
  readonly names: readonly string[];
  get<T extends TensorFileType>(name: string, type: T): FileTensor<T>;
} {
  const file = new TensorFile(referencePath(path));
  return {
    names: file.names,
    get<T extends TensorFileType>(name: string, type: T): FileTensor<T> {
      const tensor = file.get(name);
      if (tensor.type !== type) throw new Error(`${name} is ${tensor.type}, asked for as ${type}.`);
      return tensor as FileTensor<T>;
    },
  };
}
