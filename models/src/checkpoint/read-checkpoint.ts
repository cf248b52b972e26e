import type { Checkpoint } from './checkpoint.ts';
import { corruptCheckpoint, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { readLegacyTorch } from './legacy-torch.ts';
import { parseLimitedJson } from './limited-json.ts';
import type { RandomAccess } from './random-access.ts';
import { readSafetensors } from './safetensors.ts';
import { joinCheckpoints, readShardIndex } from './sharded.ts';
import { readTorch } from './torch.ts';

/** Opens a file that lies beside another, by its plain name. */
export type OpenBeside = (name: string) => Promise<RandomAccess>;

const largestIndex = 50_000_000;

/**
 * Reads a checkpoint by what it holds, not by what its file is called: safetensors, what torch.save wrote (as a zip, or as the
 * row of pickles before it), or the index of several such files (which needs `openBeside`). Takes the access over: it is
 * closed with the checkpoint, or when reading fails.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export async function readCheckpoint(access: RandomAccess, openBeside?: OpenBeside): Promise<Checkpoint> {
  try {
    const head = await access.read(0, Math.min(access.size, 512));
    switch (formatOf(head, access)) {
      case 'safetensors':
        return await readSafetensors(access);
      case 'torch-zip':
        return await readTorch(access);
      case 'torch-legacy':
        return await readLegacyTorch(access);
      case 'json':
        return await readShards(access, openBeside);
    }
  } catch (error) {
    await access.close();
    throw error;
  }
}

type Format = 'safetensors' | 'torch-zip' | 'torch-legacy' | 'json';

function formatOf(head: Uint8Array, access: RandomAccess): Format {
  const { name: file, size } = access;
  const text = String.fromCharCode(...head.subarray(0, 300));
  if (size === 0) throw corruptCheckpoint(file, 'it is empty');
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'torch-zip';
  if (size >= 8 && head[4] < 1 && head[5] === 0 && head[6] === 0 && head[7] === 0) return 'safetensors';
  if (/^(\xef\xbb\xbf)?\s*\{/.test(text)) return 'json';
  if (head[0] === 0x80 && head[1] <= 5 && (head[2] === 0x8a || head[2] === 0x95)) return 'torch-legacy';
  if (text.slice(257, 262) === 'ustar') {
    throw unsupportedCheckpoint(
      file,
      'is a tar archive, as the first versions of PyTorch wrote',
      'Load it in PyTorch with weights_only=True and save it again, best as safetensors.',
    );
  }
  if (text.startsWith('version https://git-lfs')) {
    throw unsupportedCheckpoint(
      file,
      'is a Git LFS pointer and not the file itself',
      'Fetch it with: git lfs pull.',
    );
  }
  if (text.startsWith('GGUF')) {
    throw unsupportedCheckpoint(
      file,
      'is a GGUF file, whose weights are quantised',
      'Use the safetensors file.',
    );
  }
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) {
    throw unsupportedCheckpoint(
      file,
      'is a web page',
      'The download was refused; fetch the file again, signed in.',
    );
  }
  throw unsupportedCheckpoint(
    file,
    'is no checkpoint that is known',
    'Supported are safetensors and what torch.save writes, also in several files, by their index.',
  );
}

async function readShards(access: RandomAccess, openBeside: OpenBeside | undefined): Promise<Checkpoint> {
  const { name: file, size } = access;
  if (size > largestIndex)
    throw corruptCheckpoint(file, `an index of ${size} bytes is more than ${largestIndex}`);
  const { names, weightMap } = readShardIndex(parseLimitedJson(await access.read(0, size), file), file);
  if (!openBeside) {
    throw unsupportedCheckpoint(file, 'is an index of other files', 'Give those files too.');
  }
  const shards = new Map<string, Checkpoint>();
  try {
    for (const name of names) {
      // Without a way to open what lies beside it: an index in an index is refused.
      shards.set(name, await readCheckpoint(await openBeside(name)));
    }
    const joined = joinCheckpoints(
      [...shards.values()],
      new Map([...weightMap].map(([key, name]) => [key, shards.get(name)!])),
    );
    await access.close();
    return joined;
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
}
