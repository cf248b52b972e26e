import { describe, expect, it } from 'vitest';
import { callMain } from '../../packages/figma-plugin/src/messages/call-main.ts';
import {
  chunkBytes,
  chunkedChannel,
  chunksUnderWay,
  type MessagePipe,
} from '../../packages/figma-plugin/src/messages/chunked-channel.ts';
import { checkToMain, checkToUi, readEcho } from '../../packages/figma-plugin/src/messages/figma-messages.ts';
import { type Answers, serveCalls } from '../../packages/figma-plugin/src/messages/serve-calls.ts';
import { figmaClone } from './support/figma-clone.ts';

type Message = { readonly kind?: string; readonly bytes?: Uint8Array };

/** Two ends that carry what Figma carries, later; `log` tells what the first end sent and got. */
function pipes() {
  const listeners = [new Set<(message: unknown) => void>(), new Set<(message: unknown) => void>()];
  const log: { readonly end: number; readonly message: Message }[] = [];
  const end = (own: number): MessagePipe => ({
    send: (message) => {
      const copied = figmaClone(message) as Message;
      log.push({ end: own, message: copied });
      setTimeout(() => {
        for (const listener of [...listeners[1 - own]]) listener(copied);
      }, 0);
    },
    receive: (listener) => {
      listeners[own].add(listener);
      return () => listeners[own].delete(listener);
    },
  });
  return { ui: end(0), main: end(1), log };
}

const answers = new Proxy({} as Answers, {
  get: (_, call) => async () => {
    throw new Error(`Nobody answers ${String(call)}.`);
  },
});

describe('the channel between the halves', () => {
  it('carries bytes in chunks, in order, and never floods the other half', async () => {
    const { ui, main, log } = pipes();
    const arrived: unknown[] = [];
    chunkedChannel(main).receive((message) => arrived.push(message));
    const sender = chunkedChannel(ui);
    const long = Uint8Array.from({ length: 9 * chunkBytes + 7 }, (_, i) => i % 251);
    const message = { list: [long, new Uint8Array(), Uint8Array.of(1)], text: 'text', none: null };
    await Promise.all([sender.send(message), sender.send('second')]);
    await expect.poll(() => arrived.length).toBe(2);
    expect(arrived[1]).toBe('second');
    expect(Buffer.compare((arrived[0] as typeof message).list[0], long)).toBe(0);
    expect((arrived[0] as typeof message).list.slice(1)).toEqual([new Uint8Array(), Uint8Array.of(1)]);
    let underWay = 0;
    for (const { message } of log) {
      if (message.kind === 'chunk') underWay++;
      if (message.kind === 'taken') underWay--;
      expect(underWay).toBeLessThanOrEqual(chunksUnderWay);
      expect(message.bytes?.length ?? 0).toBeLessThanOrEqual(chunkBytes);
    }
    expect(underWay).toBe(0);
  });

  it('passes over messages of others', async () => {
    const { ui, main } = pipes();
    const arrived: unknown[] = [];
    chunkedChannel(main).receive((message) => arrived.push(message));
    ui.send('theirs');
    ui.send({ kind: 'head', message: 0 });
    await chunkedChannel(ui).send('ours');
    await expect.poll(() => arrived).toEqual(['ours']);
  });

  it('goes on after a message that could not be sent', async () => {
    const { ui, main } = pipes();
    const arrived: unknown[] = [];
    chunkedChannel(main).receive((message) => arrived.push(message));
    const sender = chunkedChannel(ui);
    await expect(sender.send({ wrong: () => 1 })).rejects.toThrow('message.body.wrong');
    await sender.send('next');
    await expect.poll(() => arrived).toEqual(['next']);
  });
});

describe('calls between the halves', () => {
  it('checks what is given before it is answered', async () => {
    const { ui, main } = pipes();
    let asked = 0;
    serveCalls({ ...answers, readPoses: async () => ({ poses: [], notes: [String(asked++)] }) }, main);
    const { ask } = callMain(ui);
    const wrong = { target: 7 } as unknown as { target: string };
    await expect(ask('readPoses', wrong)).rejects.toMatchObject({ code: 'invalid-input' });
    expect(asked).toBe(0);
    expect(await ask('readPoses', { target: 'x' })).toEqual({ poses: [], notes: ['0'] });
  });

  it('checks what comes back', async () => {
    const { ui, main } = pipes();
    serveCalls({ ...answers, readPoses: async () => ({ poses: 'none' }) as never }, main);
    await expect(callMain(ui).ask('readPoses', { target: 'x' })).rejects.toMatchObject({
      code: expect.stringMatching(/^invalid-(input|pose)$/),
    });
  });

  it("gives Figma's own words, and errors of ours with their code", async () => {
    const { ui, main } = pipes();
    serveCalls({ ...answers, readPoses: async () => Promise.reject(new Error('in group: no')) }, main);
    await expect(callMain(ui).ask('readPoses', { target: 'x' })).rejects.toMatchObject({
      code: 'host-failed',
      message: 'Figma said: in group: no',
    });
  });

  it('tells the answering half that nobody waits any more', async () => {
    const { ui, main } = pipes();
    const abort = new AbortController();
    serveCalls(
      {
        ...answers,
        openLink: async (_, wish) => {
          abort.abort();
          await new Promise((resolve) => setTimeout(resolve, 20));
          wish.throwIfCancelled();
          return undefined;
        },
      },
      main,
    );
    const asked = callMain(ui).ask('openLink', { url: 'https://example.org' }, abort.signal);
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('sends back what the self-test sends past it, and nothing else of that kind', () => {
    const stablePoseEcho = Uint8Array.of(1, 2);
    expect(readEcho({ stablePoseEcho, more: 1 })).toEqual({ stablePoseEcho });
    for (const other of [undefined, null, 'text', {}, { stablePoseEcho: 'text' }])
      expect(readEcho(other)).toBeUndefined();
  });

  it('knows no other messages', () => {
    expect(() => checkToMain({ kind: 'call', id: 1, call: 'remove', given: {} })).toThrow('one of');
    expect(() => checkToMain({ kind: 'call', id: 1.5, call: 'place' })).toThrow('whole number');
    expect(() => checkToUi({ kind: 'event', event: 'other' })).toThrow('one of');
    expect(() => checkToUi(undefined)).toThrow('object');
  });
});
