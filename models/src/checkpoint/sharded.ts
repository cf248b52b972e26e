import { type Checkpoint, createCheckpoint, type TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown } from './checkpoint-errors.ts';

const mostShards = 1000;

/**
 * The file names of an index (`{ "weight_map": { key: file } }`), each once.
 * @throws checkpoint-corrupt when it is no such index, or a name leads out of the index's folder
 */
export function readShardIndex(
  index: Readonly<Record<string, unknown>>,
  file: string,
): { readonly names: readonly string[]; readonly weightMap: ReadonlyMap<string, string> } {
  const map = index.weight_map;
  if (typeof map !== 'object' || map === null) {
    throw corruptCheckpoint(file, 'it is JSON, but no index of a sharded checkpoint (it has no weight_map)');
  }
  const weightMap = new Map<string, string>();
  for (const [key, name] of Object.entries(map)) {
    if (typeof name !== 'string' || name === '' || /[\\/\0]|^\.\.?$/.test(name)) {
      throw corruptCheckpoint(
        file,
        `${shown(key)} is said to lie in ${shown(String(name))}, which is no file beside it`,
      );
    }
    weightMap.set(key, name);
  }
  const names = [...new Set(weightMap.values())];
  if (names.length === 0 || names.length > mostShards) {
    throw corruptCheckpoint(file, `it names ${names.length} files; 1 to ${mostShards} are allowed`);
  }
  return { names, weightMap };
}

/**
 * Several files read as one.
 * @param weightMap which shard each tensor must lie in, by position in `shards`; left out: wherever it is
 * @throws checkpoint-corrupt when a tensor lies in two shards, or not in the one that the index names
 */
export function joinCheckpoints(
  shards: readonly Checkpoint[],
  weightMap?: ReadonlyMap<string, Checkpoint>,
): Checkpoint {
  const tensors = new Map<string, TensorEntry>();
  const owners = new Map<string, Checkpoint>();
  const metadata = new Map<string, string>();
  const warnings: string[] = [];
  for (const shard of shards) {
    for (const [key, entry] of shard.tensors) {
      const other = owners.get(key);
      if (other)
        throw corruptCheckpoint(shard.files.join(), `${shown(key)} also lies in ${other.files.join()}`);
      owners.set(key, shard);
      tensors.set(key, entry);
    }
    for (const [name, value] of shard.metadata) metadata.set(name, value);
    warnings.push(...shard.warnings);
  }
  for (const [key, shard] of weightMap ?? []) {
    if (owners.get(key) !== shard) {
      throw corruptCheckpoint(shard.files.join(), `${shown(key)} is not in it, though the index says so`);
    }
  }
  const unlisted = weightMap ? [...tensors.keys()].filter((key) => !weightMap.has(key)).length : 0;
  if (unlisted > 0) warnings.push(`${unlisted} tensors are not in the index.`);
  return createCheckpoint({
    files: shards.flatMap((shard) => shard.files),
    tensors,
    metadata,
    warnings,
    readEntry: ({ key }) => owners.get(key)!.read(key),
    async close() {
      await Promise.all(shards.map((shard) => shard.close()));
    },
  });
}
