import { StablePoseError } from '@stable-pose/core';

/** One end of a bridge that carries JSON messages: `uxpHost.postMessage` and `message` events, or the webview's own. */
export interface MessagePipe {
  send(message: unknown): void;
  /** @returns stops listening */
  receive(listener: (message: unknown) => void): () => void;
}

/** A text in pieces. */
interface Piece {
  readonly stablePose: 1;
  readonly text: number;
  readonly index: number;
  readonly count: number;
  readonly piece: string;
}

/** Letters in one message: a quarter of what a message may have at most (8 MB), because JSON escapes some of them. */
const pieceLength = 2 * 2 ** 20;
/** Of one text: a picture of 8192 x 8192 as base64, and what belongs to it. More is an attack or a mistake. */
const longestText = 512 * 2 ** 20;

/** Texts of any length over a pipe of short messages. Messages of others on the same pipe are passed over. */
export function piecewise(pipe: MessagePipe): {
  send(text: string): void;
  receive(listener: (text: string) => void): () => void;
} {
  let next = 0;
  return {
    send: (text) => {
      const id = next++;
      const count = Math.max(1, Math.ceil(text.length / pieceLength));
      for (let index = 0; index < count; index++) {
        const piece = text.slice(index * pieceLength, (index + 1) * pieceLength);
        pipe.send({ stablePose: 1, text: id, index, count, piece } satisfies Piece);
      }
    },
    receive: (listener) => {
      const begun = new Map<number, string[]>();
      return pipe.receive((message) => {
        if (!isPiece(message)) return;
        const { text, index, count, piece } = message;
        if (count === 1) {
          listener(piece);
          return;
        }
        const pieces = begun.get(text) ?? [];
        // Pieces arrive in their order; one that does not belongs to a text that was begun before the page was reloaded.
        if (pieces.length !== index) {
          begun.delete(text);
          return;
        }
        pieces.push(piece);
        begun.set(text, pieces);
        if (pieces.length < count) return;
        begun.delete(text);
        listener(pieces.join(''));
      });
    },
  };
}

function isPiece(message: unknown): message is Piece {
  const { stablePose, text, index, count, piece } = (message ?? {}) as Partial<Piece>;
  if (stablePose !== 1) return false;
  const isWhole = [text, index, count].every((one) => Number.isInteger(one) && Number(one) >= 0);
  if (!isWhole || typeof piece !== 'string' || piece.length > pieceLength) {
    throw new StablePoseError('invalid-input', 'A piece of a message on the bridge is malformed.');
  }
  if (Number(count) * pieceLength > longestText) {
    throw new StablePoseError('limit-exceeded', 'A message on the bridge is too long.');
  }
  return true;
}
