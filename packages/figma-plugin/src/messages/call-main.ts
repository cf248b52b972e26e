import { StablePoseError, throwIfCancelled } from '@stable-pose/core/errors';
import { chunkedChannel, type MessagePipe } from './chunked-channel.ts';
import {
  checkToUi,
  type FigmaCall,
  type FigmaEvent,
  figmaCalls,
  type Given,
  type Result,
  type ToMain,
} from './figma-messages.ts';
import type { Shape } from './shapes.ts';

/** The UI half's end of the bridge. */
export interface MainCalls {
  /** @throws what the main half throws; cancelled */
  ask<C extends FigmaCall>(call: C, given: Given<C>, signal?: AbortSignal): Promise<Result<C>>;
  watch(event: FigmaEvent, listener: () => void): () => void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function callMain(pipe: MessagePipe): MainCalls {
  const channel = chunkedChannel(pipe);
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<FigmaEvent, Set<() => void>>();
  let next = 0;
  channel.receive((raw) => {
    const message = checkToUi(raw);
    if (message.kind === 'event') {
      for (const tell of Array.from(listeners.get(message.event) ?? [])) tell();
      return;
    }
    const call = waiting.get(message.id);
    if (message.kind === 'result') call?.resolve(message.value);
    else call?.reject(StablePoseError.from(message.error, 'host-failed'));
  });
  const send = (message: ToMain) => channel.send(message);
  return {
    ask: async <C extends FigmaCall>(call: C, given: Given<C>, signal?: AbortSignal) => {
      throwIfCancelled(signal);
      const id = next++;
      const cancel = () => void send({ kind: 'cancel', id });
      try {
        const value = await new Promise<unknown>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          signal?.addEventListener('abort', cancel, { once: true });
          send({ kind: 'call', id, call, given }).catch(reject);
        });
        return (figmaCalls[call].result as Shape<Result<C>>)(value, `${call}'s result`);
      } finally {
        waiting.delete(id);
        signal?.removeEventListener('abort', cancel);
      }
    },
    watch: (event, listener) => {
      const own = () => listener();
      listeners.set(event, (listeners.get(event) ?? new Set()).add(own));
      return () => {
        listeners.get(event)?.delete(own);
      };
    },
  };
}
