import { type Checkpoint, createCheckpoint, type TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown } from './checkpoint-errors.ts';

/** What a tensor is called and shaped in the layout that is wanted: as many elements, in the same order. */
export interface RenamedTensor {
  readonly key: string;
  readonly shape?: readonly number[];
}

/**
 * The same tensors under other names. A tensor that `rename` gives undefined for keeps its name.
 * @throws checkpoint-corrupt when two tensors come to have one name
 */
export function renameTensors(
  checkpoint: Checkpoint,
  rename: (entry: TensorEntry) => RenamedTensor | undefined,
): Checkpoint {
  const tensors = new Map<string, TensorEntry>();
  const sources = new Map<string, string>();
  for (const [key, entry] of checkpoint.tensors) {
    const renamed = rename(entry);
    const name = renamed?.key ?? key;
    const other = sources.get(name);
    if (other !== undefined) {
      throw corruptCheckpoint(
        checkpoint.files.join(),
        `${shown(other)} and ${shown(key)} are both ${shown(name)}`,
      );
    }
    sources.set(name, key);
    tensors.set(name, { ...entry, key: name, shape: renamed?.shape ?? entry.shape });
  }
  return createCheckpoint({
    files: checkpoint.files,
    tensors,
    metadata: checkpoint.metadata,
    warnings: checkpoint.warnings,
    readEntry: ({ key }) => checkpoint.read(sources.get(key)!),
    close: () => checkpoint.close(),
  });
}
