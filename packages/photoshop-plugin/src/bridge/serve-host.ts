import { StablePoseError } from '@stable-pose/core';
import { type HostAdapter, type HostStore, hostEvents } from '@stable-pose/sdk';
import { checkToShell, type HostCall, type ToPage } from './host-messages.ts';
import { type MessagePipe, piecewise } from './piecewise.ts';
import { fromWire, toWire } from './wire-value.ts';

type Given = readonly unknown[];
type Answers = Readonly<Record<HostCall, (given: Given, signal: AbortSignal) => unknown>>;

/** The shell's end: lets the page in the webview use a host. The host checks what it is given. @returns stops */
export function serveHost(host: HostAdapter, pipe: MessagePipe): () => void {
  const channel = piecewise(pipe);
  const answers = answersOf(host);
  const running = new Map<number, AbortController>();
  const send = (message: ToPage) => channel.send(toWire(message));
  const stops = hostEvents.map((event) => host.watch(event, () => send({ kind: 'event', event })));
  const stop = channel.receive((text) => {
    const message = checkToShell(fromWire(text));
    if (message.kind === 'cancel') {
      running.get(message.id)?.abort();
      return;
    }
    const { id, call, given } = message;
    const abort = new AbortController();
    running.set(id, abort);
    void (async () => {
      try {
        send({ kind: 'result', id, value: await answers[call](given, abort.signal) });
      } catch (error) {
        send({ kind: 'error', id, error: StablePoseError.from(error, 'host-failed').toJSON() });
      } finally {
        running.delete(id);
      }
    })();
  });
  return () => {
    stop();
    for (const one of stops) one();
    for (const abort of running.values()) abort.abort();
  };
}

function answersOf(host: HostAdapter): Answers {
  // What crosses was checked to be a list for a call that exists; its content is the host's to check.
  const typed = <Name extends 'readSelection' | 'readPoses' | 'saveFile' | 'pickFile' | 'openLink'>(
    name: Name,
  ) => {
    const call = host[name] as (...given: Given) => unknown;
    return (given: Given) => call.apply(host, [...given]);
  };
  const withSignal = (name: 'readPixels' | 'readMask' | 'placePoses' | 'place') => {
    const call = host[name] as (...given: Given) => unknown;
    const at = name === 'readPixels' || name === 'readMask' ? 1 : name === 'place' ? 1 : 2;
    return (given: Given, signal: AbortSignal) => {
      const options = { ...(given[at] as object | undefined), signal };
      return call.apply(host, [...given.slice(0, at), options]);
    };
  };
  return {
    info: () => host.info,
    readSelection: typed('readSelection'),
    readPixels: withSignal('readPixels'),
    readMask: withSignal('readMask'),
    readPoses: typed('readPoses'),
    placePoses: withSignal('placePoses'),
    place: withSignal('place'),
    theme: () => host.theme(),
    notify: ([text, kind]) =>
      host.notify(String(text), kind === 'warning' || kind === 'error' ? kind : 'info'),
    saveFile: typed('saveFile'),
    pickFile: typed('pickFile'),
    openLink: typed('openLink'),
    storeRead: ([room, name]) => storeOf(host, room).read(String(name)),
    storeWrite: ([room, name, value]) => {
      if (!(value instanceof Uint8Array))
        throw new StablePoseError('invalid-input', 'A value in a store is bytes.');
      return storeOf(host, room).write(String(name), value);
    },
    storeDelete: ([room, name]) => storeOf(host, room).delete(String(name)),
    storeNames: ([room, prefix]) => storeOf(host, room).names(prefix === undefined ? '' : String(prefix)),
  };
}

function storeOf({ storage }: HostAdapter, room: unknown): HostStore {
  if (room === 'settings' || room === 'blobs') return storage[room];
  throw new StablePoseError('invalid-input', 'A store is "settings" or "blobs".');
}
