import type { OpenedWeights } from './open-weights.ts';

/** Several opened files as one checkpoint; a key that is in more than one is the first's. */
export function mergeWeights(files: readonly OpenedWeights[]): OpenedWeights {
  const owner = new Map<string, OpenedWeights>();
  for (const file of files) {
    for (const key of file.tensors.keys()) {
      if (!owner.has(key)) owner.set(key, file);
    }
  }
  const of = (key: string): OpenedWeights => owner.get(key) ?? files[0]!;
  return {
    tensors: new Map([...owner].map(([key, file]) => [key, file.tensors.get(key)!])),
    warnings: files.flatMap((file) => file.warnings),
    read: (key) => of(key).read(key),
    readFloat32: (key) => of(key).readFloat32(key),
    async close() {
      for (const file of files) await file.close();
    },
  };
}
