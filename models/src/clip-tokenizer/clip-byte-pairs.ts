import { gunzipSync } from 'fflate';
import { clipMerges } from './clip-merges.ts';

export interface ClipBytePairs {
  /** Token ids by token, 49408 of them. */
  readonly vocab: Readonly<Record<string, number>>;
  /** In order of priority: two tokens with a space between them. */
  readonly merges: readonly string[];
}

/**
 * CLIP's byte-pair table, for checkpoints that bring no tokenizer. The vocabulary follows from the merges: the 256 bytes, the
 * same at a word's end, each merge's result, and the start and end of a text (openai/CLIP, simple_tokenizer.py).
 */
export function clipBytePairs(): ClipBytePairs {
  const packed = Uint8Array.from(atob(clipMerges), (letter) => letter.charCodeAt(0));
  const merges = new TextDecoder().decode(gunzipSync(packed)).split('\n');
  const letters = byteLetters();
  const tokens = [
    ...letters,
    ...letters.map((letter) => `${letter}</w>`),
    ...merges.map((merge) => merge.replace(' ', '')),
    '<|startoftext|>',
    '<|endoftext|>',
  ];
  return { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges };
}

/** A printable letter for each byte, in the order of the ids: printable bytes are themselves, the others follow from 256 on. */
function byteLetters(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const printable = bytes.filter(isPrintable);
  const others = bytes.filter((byte) => !isPrintable(byte));
  return [...printable, ...others.map((_, index) => 256 + index)].map((code) => String.fromCharCode(code));
}
