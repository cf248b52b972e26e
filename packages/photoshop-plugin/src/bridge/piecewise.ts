import { StablePoseError } from '@stable-pose/core';
import { fromBase64, toBase64 } from './base64.ts';
import type { WireValue } from './wire-value.ts';

/** One end of a bridge that carries JSON messages: `uxpHost.postMessage` and `message` events, or the webview's own. */
export interface MessagePipe {
  send(message: unknown): void;
  /** @returns stops listening */
  receive(listener: (message: unknown) => void): () => void;
}

/** Of the bytes of a value, in base64: they come before its text, one after the other. */
interface BytesPiece {
  readonly stablePose: 1;
  readonly value: number;
  readonly part: number;
  /** Bytes of this part that came before. */
  readonly at: number;
  /** Of the whole part, bytes. */
  readonly size: number;
  readonly piece: string;
}

/** Of the text of a value. */
interface TextPiece {
  readonly stablePose: 1;
  readonly value: number;
  readonly parts: number;
  readonly index: number;
  readonly count: number;
  readonly piece: string;
}

/** A value that is on its way here. */
interface Begun {
  readonly parts: { readonly bytes: Uint8Array; filled: number }[];
  readonly pieces: string[];
}

/** Letters in one message: a quarter of what a message may have at most (8 MB), because JSON escapes some of them. */
const pieceLength = 2 * 2 ** 20;
/** Bytes that are so many letters in base64; a multiple of 3. */
const pieceBytes = (pieceLength / 4) * 3;
/** Of one value: a picture of 8192 x 8192, and what belongs to it. More is an attack or a mistake. */
const mostBytes = 384 * 2 ** 20;
/** Of one text: as many letters as those bytes would be in base64. */
const longestText = (mostBytes / 3) * 4;

/**
 * Values of any length over a pipe of short messages. Bytes are coded and decoded a piece at a time: neither end ever has a
 * picture as text. Messages of others on the same pipe are passed over.
 */
export function piecewise(pipe: MessagePipe): {
  send(value: WireValue): void;
  receive(listener: (value: WireValue) => void): () => void;
} {
  let next = 0;
  return {
    send: ({ text, parts }) => {
      const value = next++;
      for (const [part, bytes] of parts.entries()) {
        const size = bytes.length;
        for (let at = 0; at === 0 || at < size; at += pieceBytes) {
          const piece = toBase64(bytes.subarray(at, at + pieceBytes));
          pipe.send({ stablePose: 1, value, part, at, size, piece } satisfies BytesPiece);
        }
      }
      const count = Math.max(1, Math.ceil(text.length / pieceLength));
      for (let index = 0; index < count; index++) {
        const piece = text.slice(index * pieceLength, (index + 1) * pieceLength);
        pipe.send({ stablePose: 1, value, parts: parts.length, index, count, piece } satisfies TextPiece);
      }
    },
    receive: (listener) => {
      const begun = new Map<number, Begun>();
      return pipe.receive((message) => {
        const given = pieceOf(message);
        if (!given) return;
        if ('part' in given) {
          if (!takeBytes(begun, given)) begun.delete(given.value);
          return;
        }
        const { value, parts, index, count, piece } = given;
        // A first one without bytes before it begins anew: the page may have been reloaded in the middle of a value.
        const entry = index === 0 && parts === 0 ? { parts: [], pieces: [] } : begun.get(value);
        const isNext = entry?.pieces.length === index && entry.parts.length === parts;
        if (!entry || !isNext || entry.parts.some(({ bytes, filled }) => filled !== bytes.length)) {
          begun.delete(value);
          return;
        }
        entry.pieces.push(piece);
        begun.set(value, entry);
        if (entry.pieces.length < count) return;
        begun.delete(value);
        listener({ text: entry.pieces.join(''), parts: entry.parts.map(({ bytes }) => bytes) });
      });
    },
  };
}

/** @returns false when it is not the next of its value @throws invalid-input, limit-exceeded */
function takeBytes(begun: Map<number, Begun>, { value, part, at, size, piece }: BytesPiece): boolean {
  if (part === 0 && at === 0) begun.set(value, { parts: [], pieces: [] });
  const parts = begun.get(value)?.parts;
  if (!parts) return false;
  if (at === 0 && part === parts.length) {
    const total = parts.reduce((sum, { bytes }) => sum + bytes.length, size);
    if (total > mostBytes)
      throw new StablePoseError('limit-exceeded', 'A message on the bridge is too long.');
    parts.push({ bytes: new Uint8Array(size), filled: 0 });
  }
  const place = parts[part];
  if (!place || part !== parts.length - 1 || place.filled !== at) return false;
  try {
    place.filled += fromBase64(piece, place.bytes.subarray(at));
  } catch (cause) {
    throw new StablePoseError('invalid-input', 'Bytes on the bridge are malformed.', { cause });
  }
  return true;
}

/** A piece of ours; undefined for messages of others. @throws invalid-input, limit-exceeded */
function pieceOf(message: unknown): BytesPiece | TextPiece | undefined {
  const { stablePose, ...rest } = (message ?? {}) as Partial<BytesPiece & TextPiece>;
  if (stablePose !== 1) return undefined;
  const { value, part, at, size, parts, index, count, piece } = rest;
  const isWhole = (...numbers: readonly (number | undefined)[]) =>
    numbers.every((one) => Number.isInteger(one) && Number(one) >= 0);
  const isPiece = typeof piece === 'string' && piece.length <= pieceLength && isWhole(value);
  if (!isPiece || !(part === undefined ? isWhole(parts, index, count) : isWhole(part, at, size))) {
    throw new StablePoseError('invalid-input', 'A piece of a message on the bridge is malformed.');
  }
  if (Number(count ?? 0) * pieceLength > longestText) {
    throw new StablePoseError('limit-exceeded', 'A message on the bridge is too long.');
  }
  return message as BytesPiece | TextPiece;
}
