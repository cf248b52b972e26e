import {
  bytesAccess,
  type Checkpoint,
  describeTensors,
  readCheckpoint,
  readLora,
  readTextualInversion,
  type TensorEntry,
} from '../../models/src/checkpoint/index.ts';
import { StablePoseError } from '../../packages/core/src/errors.ts';
import { type FuzzOptions, type FuzzReport, fuzzLoop } from './fuzz-loop.ts';
import { refusedAsCheckpoint } from './refused-as-checkpoint.ts';
import { scrambled } from './scrambled.ts';
import { withScrambledEntries } from './scrambled-zip.ts';

/** No tensor of so small a file may be larger, whatever it claims (a view may repeat elements, up to 16 million). */
const largestTensorBytes = 16 * 1024 * 1024 * 8;

/**
 * Feeds broken checkpoint files to the readers. Whatever comes, they give tensors whose every byte can be read and that lie
 * inside the file, or they refuse with a code of their own; nothing else, and quickly.
 */
export function fuzzReaders(options: FuzzOptions): Promise<FuzzReport> {
  return fuzzLoop(options, { what: 'A checkpoint', ending: '.bin', mutated, holds });
}

/** Whether the bytes were read; throws when a promise is broken. */
async function holds(bytes: Uint8Array): Promise<boolean> {
  try {
    const checkpoint = await readCheckpoint(bytesAccess(bytes, 'fuzz'));
    describeTensors(checkpoint.tensors);
    for (const { key, inPlace } of checkpoint.tensors.values()) {
      const data = await checkpoint.read(key);
      if (data.length > largestTensorBytes) throw new Error(`${key} has ${data.length} bytes.`);
      if (!inPlace) continue;
      const { offset, length } = inPlace;
      if (offset < 0 || offset + length > bytes.length) throw new Error(`${key} lies outside its file.`);
      if (Buffer.compare(bytes.subarray(offset, offset + length), data) !== 0) {
        throw new Error(`${key} does not lie where it is said to.`);
      }
    }
    await readAsAddOns(checkpoint);
    return true;
  } catch (error) {
    return refusedAsCheckpoint(error);
  }
}

/** The weight that the corpus' LoRAs change, alone. */
const key = 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight';
const base = new Map<string, TensorEntry>([[key, { key, dtype: 'f32', shape: [4, 4] }]]);

/** A sound file may be no LoRA and no embedding, which is said with a code. */
async function readAsAddOns(checkpoint: Checkpoint): Promise<void> {
  for (const read of [() => readLora(checkpoint, base), () => readTextualInversion(checkpoint, 4)]) {
    try {
      await read();
    } catch (error) {
      const known = /^(checkpoint-\w+|tensor-mismatch|architecture-unsupported)$/;
      if (!(error instanceof StablePoseError && known.test(error.code))) throw error;
    }
  }
}

const oddTexts = [
  '-1',
  '1e999',
  '9007199254740993',
  '[',
  '{',
  '"',
  '\\u0000',
  '__proto__',
  '../',
  'null',
  '4294967296',
];

function mutated(files: readonly Uint8Array[], random: () => number): Uint8Array {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const file = pick(files);
  const isZip = file[0] === 0x50 && file[1] === 0x4b;
  const kind = random();
  if (isZip && kind < 0.7) return withScrambledEntries(file, random, 'data.pkl');
  if (!isZip && kind < 0.7) return withMutatedHeader(file, random);
  return scrambled(file, pick(files), random);
}

/** Changes the JSON header of a safetensors file and corrects its length. */
function withMutatedHeader(file: Uint8Array, random: () => number): Uint8Array {
  if (file.length < 8) return file;
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (8 + length > file.length) return scrambled(file, file, random);
  let text = Buffer.from(file.subarray(8, 8 + length)).toString('latin1');
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const numbers = [...text.matchAll(/\d+/g)];
    const target = numbers[Math.floor(random() * numbers.length)];
    if (target && random() < 0.6) {
      const value = Number(target[0]);
      const changed = [value + 1, value - 1, value * 2, 0, -value, 2 ** 32, 2 ** 53, value + 0.5][
        Math.floor(random() * 8)
      ];
      text = text.slice(0, target.index) + String(changed) + text.slice(target.index + target[0].length);
    } else {
      const at = Math.floor(random() * text.length);
      const odd = oddTexts[Math.floor(random() * oddTexts.length)]!;
      text = text.slice(0, at) + (random() < 0.5 ? odd : '') + text.slice(at + Math.floor(random() * 4));
    }
  }
  const head = Buffer.alloc(8);
  const json = Buffer.from(text, 'latin1');
  head.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([head, json, file.subarray(8 + length)]));
}
