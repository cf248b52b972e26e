import type { Checkpoint } from './checkpoint.ts';
import { unsupportedCheckpoint } from './checkpoint-errors.ts';
import type { RandomAccess } from './random-access.ts';

export async function readTorch(access: RandomAccess): Promise<Checkpoint> {
  throw unsupportedCheckpoint(access.name, 'is a torch zip, not read yet', '');
}
