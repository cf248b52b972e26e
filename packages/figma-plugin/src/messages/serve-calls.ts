import { StablePoseError } from '@stable-pose/core/errors';
import { chunkedChannel, type MessagePipe } from './chunked-channel.ts';
import {
  checkToMain,
  type FigmaCall,
  type FigmaEvent,
  figmaCalls,
  type Given,
  type Result,
  type ToUi,
} from './figma-messages.ts';

/** Whether the UI half still wants an answer; Figma's sandbox has no `AbortSignal`. */
export interface Wish {
  /** @throws cancelled */
  throwIfCancelled(): void;
}

export type Answers = {
  readonly [C in FigmaCall]: (given: Given<C>, wish: Wish) => Promise<Result<C>>;
};

/** The main half's end of the bridge. @returns tells the UI half of an event */
export function serveCalls(answers: Answers, pipe: MessagePipe): (event: FigmaEvent) => void {
  const channel = chunkedChannel(pipe);
  const cancelled = new Map<number, boolean>();
  const send = (message: ToUi) => channel.send(message);
  channel.receive((raw) => {
    const message = checkToMain(raw);
    const { id } = message;
    if (message.kind === 'cancel') {
      if (cancelled.has(id)) cancelled.set(id, true);
      return;
    }
    cancelled.set(id, false);
    const wish: Wish = {
      throwIfCancelled: () => {
        if (cancelled.get(id)) throw new StablePoseError('cancelled', 'The work was cancelled.');
      },
    };
    void answer(answers, message.call, message.given, wish)
      .then((value) => send(value === undefined ? { kind: 'result', id } : { kind: 'result', id, value }))
      .catch((error) => send({ kind: 'error', id, error: failure(error).toJSON() }))
      .then(() => cancelled.delete(id));
  });
  return (event) => void send({ kind: 'event', event });
}

async function answer(answers: Answers, call: FigmaCall, given: unknown, wish: Wish): Promise<unknown> {
  const answerOne = answers[call] as (given: unknown, wish: Wish) => Promise<unknown>;
  return answerOne(figmaCalls[call].given(given, call), wish);
}

/** Figma's own words, where it was Figma that failed. */
function failure(error: unknown): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const words = error instanceof Error ? error.message : String(error);
  return new StablePoseError('host-failed', `Figma said: ${words}`);
}
