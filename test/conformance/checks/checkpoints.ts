import { openCheckpoint } from '../../../models/src/checkpoint/on-disk.ts';
import { type CheckGroup, type CheckResult, compare, exactly } from '../check.ts';
import type { ReferenceFolder } from '../reference-folder.ts';

const prefix = 'stable_pose_adapter.';

/** A torch file against the safetensors file that holds the same tensors. */
async function* sameTensors(
  reference: ReferenceFolder,
  torchFile: string,
  expectedFile: string,
  counts: (key: string) => boolean,
): AsyncGenerator<CheckResult> {
  const torch = await openCheckpoint(reference.path(torchFile));
  const expected = await openCheckpoint(reference.path(expectedFile));
  try {
    const keys = [...expected.tensors.keys()].filter(counts);
    yield exactly(`${torchFile}: its tensors`, [...torch.tensors.keys()].sort(), [...keys].sort());
    let wrong = 0;
    for (const key of keys) {
      const [own, recorded] = [torch.tensors.get(key), expected.tensors.get(key)];
      const same =
        own?.dtype === recorded?.dtype &&
        own?.shape.join() === recorded?.shape.join() &&
        own !== undefined &&
        Buffer.from(await torch.read(key)).equals(await expected.read(key));
      if (!same) wrong++;
    }
    yield compare(`${torchFile}: tensors whose type, shape or bytes differ`, [wrong], [0], 0);
  } finally {
    await torch.close();
    await expected.close();
  }
}

export const checkpoints: CheckGroup = {
  folder: 'model',
  async *run(reference) {
    if (reference.has('model/pickle_edge_cases.ckpt')) {
      yield* sameTensors(
        reference,
        'model/pickle_edge_cases.ckpt',
        'model/pickle_edge_cases.expected.safetensors',
        () => true,
      );
    }
    if (reference.has('model/tiny_sd.ckpt')) {
      yield* sameTensors(
        reference,
        'model/tiny_sd.ckpt',
        'model/tiny.safetensors',
        (key) => !key.startsWith(prefix),
      );
    }
  },
};
