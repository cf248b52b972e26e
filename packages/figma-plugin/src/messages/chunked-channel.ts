import { StablePoseError } from '@stable-pose/core/errors';
import { bytes, isBytes, list, oneOf, record, whole, wrong } from './shapes.ts';

/** One end of Figma's message bridge. */
export interface MessagePipe {
  send(message: unknown): void;
  /** @returns stops listening */
  receive(listener: (message: unknown) => void): () => void;
}

export interface Channel {
  /** In the order of the calls, whatever their length. Resolves when the last of it was handed to the bridge. */
  send(message: unknown): Promise<void>;
  receive(listener: (message: unknown) => void): () => void;
}

/** Bytes in one message: copied in a few milliseconds, so that neither half stands still. */
export const chunkBytes = 2 ** 19;
/** Chunks on their way that the other half did not yet say it took. */
export const chunksUnderWay = 4;
/** Of one message: sixteen pictures of 4096 x 4096 as they come; more is a mistake. */
const mostBytes = 2 ** 30;

const part = record({ kind: oneOf(['head', 'chunk', 'taken']), message: whole });
const headOf = record({ lengths: list(whole) });
const chunkOf = record({ bytes });

interface Arriving {
  readonly body: unknown;
  readonly lengths: readonly number[];
  readonly chunks: Uint8Array[];
  missing: number;
}

/**
 * Messages of any length over a bridge. Their bytes travel apart, in chunks; no more than {@link chunksUnderWay} are under way
 * at a time, so that a slow half is not flooded. Messages of others on the same bridge are passed over.
 */
export function chunkedChannel(pipe: MessagePipe): Channel {
  const listeners = new Set<(message: unknown) => void>();
  const arriving = new Map<number, Arriving>();
  let next = 0;
  let underWay = 0;
  let isFree: (() => void) | undefined;
  let queue: Promise<void> = Promise.resolve();

  const post = (kind: string, message: number, more: object = {}) =>
    pipe.send({ stablePose: 1, kind, message, ...more });
  const sendNow = async (given: unknown) => {
    const message = next++;
    const found: Uint8Array[] = [];
    const body = withoutBytes(given, found);
    post('head', message, { body, lengths: found.map(({ length }) => length) });
    for (const one of found) {
      for (let at = 0; at < one.length; at += chunkBytes) {
        if (underWay >= chunksUnderWay) {
          await new Promise<void>((resolve) => {
            isFree = resolve;
          });
        }
        underWay++;
        post('chunk', message, { bytes: one.slice(at, at + chunkBytes) });
      }
    }
  };
  const deliver = (message: number, { body, lengths, chunks }: Arriving) => {
    arriving.delete(message);
    const whole = withBytes(body, joined(chunks, lengths));
    for (const listener of Array.from(listeners)) listener(whole);
  };
  pipe.receive((raw) => {
    if (typeof raw !== 'object' || raw === null || (raw as { stablePose?: unknown }).stablePose !== 1) return;
    const { kind, message } = part(raw, 'part');
    if (kind === 'taken') {
      underWay--;
      isFree?.();
      isFree = undefined;
      return;
    }
    if (kind === 'head') {
      const { lengths } = headOf(raw, 'head');
      const missing = lengths.reduce((sum, length) => sum + length, 0);
      if (lengths.some((length) => length < 0)) throw wrong('head.lengths', 'list of lengths');
      if (missing > mostBytes) {
        throw new StablePoseError(
          'limit-exceeded',
          `A message between the halves has at most ${mostBytes} bytes.`,
        );
      }
      const begun: Arriving = { body: (raw as { body?: unknown }).body, lengths, chunks: [], missing };
      arriving.set(message, begun);
      if (missing === 0) deliver(message, begun);
      return;
    }
    post('taken', message);
    const begun = arriving.get(message);
    const chunk = chunkOf(raw, 'chunk').bytes;
    // A chunk of a message that was begun before this half was reloaded has no head.
    if (!begun) return;
    if (chunk.length === 0 || chunk.length > begun.missing) {
      arriving.delete(message);
      throw wrong('chunk.bytes', 'part of its message');
    }
    begun.chunks.push(chunk);
    begun.missing -= chunk.length;
    if (begun.missing === 0) deliver(message, begun);
  });
  return {
    send: (message) => {
      const sent = queue.then(() => sendNow(message));
      // One that fails is its sender's to know; the next ones go on.
      queue = sent.catch(() => undefined);
      return sent;
    },
    receive: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

const key = '$bytes';

function withoutBytes(value: unknown, found: Uint8Array[]): unknown {
  if (isBytes(value)) return { [key]: found.push(value) - 1 };
  if (Array.isArray(value)) return value.map((one) => withoutBytes(one, found));
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value, (one) => withoutBytes(one, found));
}

function withBytes(value: unknown, parts: readonly Uint8Array[]): unknown {
  if (Array.isArray(value)) return value.map((one) => withBytes(one, parts));
  if (typeof value !== 'object' || value === null) return value;
  const index = (value as { [key]?: unknown })[key];
  if (index === undefined) return mapped(value, (one) => withBytes(one, parts));
  if (typeof index !== 'number' || parts[index] === undefined) throw wrong('body', 'message with its bytes');
  return parts[index];
}

function mapped(value: object, change: (one: unknown) => unknown): object {
  const made: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) made[name] = change(one);
  return made;
}

/** The chunks, which never reach over the end of a part, as parts of the lengths that the head told. */
function joined(chunks: readonly Uint8Array[], lengths: readonly number[]): readonly Uint8Array[] {
  let next = 0;
  return lengths.map((length) => {
    const whole = new Uint8Array(length);
    for (let at = 0; at < length; at += chunks[next++].length) {
      if (chunks[next] === undefined || chunks[next].length > length - at)
        throw wrong('chunk', 'part of its message');
      whole.set(chunks[next], at);
    }
    return whole;
  });
}
