import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { type HostAdapter, type HostStore, hostEvents } from '@stable-pose/sdk';
import { checkToShell, type HostCall, type ToPage } from './host-messages.ts';
import type { CommandOptions, PanelCommand, PanelHost } from './panel-commands.ts';
import { type MessagePipe, piecewise } from './piecewise.ts';
import { fromWire, toWire } from './wire-value.ts';

type Given = readonly unknown[];
type Answers = Readonly<Record<HostCall, (given: Given, signal: AbortSignal) => unknown>>;

/** The page in the webview, as the shell has it. */
export interface ServedPage {
  /** @throws host-failed while no page is there; what the page's command throws; cancelled */
  run(command: PanelCommand, options?: CommandOptions): Promise<void>;
  stop(): void;
}

interface RunningCommand {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress?: CommandOptions['onProgress'];
}

/** How long a page may take until it is there, milliseconds: it loads a megabyte of script. */
const readyTimeoutMs = 20_000;

/** The shell's end: lets the page in the webview use a host, and runs commands in it. The host checks what it is given. */
export function serveHost(host: PanelHost, pipe: MessagePipe): ServedPage {
  const channel = piecewise(pipe);
  const answers = answersOf(host);
  const running = new Map<number, AbortController>();
  const commands = new Map<number, RunningCommand>();
  let next = 0;
  let tellReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  const send = (message: ToPage) => channel.send(toWire(message));
  const stops = hostEvents.map((event) => host.watch(event, () => send({ kind: 'event', event })));
  const answer = async (id: number, call: HostCall, given: Given) => {
    const abort = new AbortController();
    running.set(id, abort);
    try {
      send({ kind: 'result', id, value: await answers[call](given, abort.signal) });
    } catch (error) {
      send({ kind: 'error', id, error: StablePoseError.from(error, 'host-failed').toJSON() });
    } finally {
      running.delete(id);
    }
  };
  const stop = channel.receive((value) => {
    const message = checkToShell(fromWire(value));
    switch (message.kind) {
      case 'ready':
        tellReady();
        return;
      case 'cancel':
        running.get(message.id)?.abort();
        return;
      case 'progress':
        commands.get(message.id)?.onProgress?.(message.share, message.words);
        return;
      case 'done': {
        const command = commands.get(message.id);
        commands.delete(message.id);
        if (message.error === undefined) command?.resolve();
        else command?.reject(StablePoseError.from(message.error, 'host-failed'));
        return;
      }
      case 'call':
        void answer(message.id, message.call, message.given);
        return;
      default:
        message satisfies never;
    }
  });
  return {
    run: async (command, { signal, onProgress } = {}) => {
      throwIfCancelled(signal);
      await withinTime(ready);
      const id = next++;
      const cancel = () => send({ kind: 'stop', id });
      signal?.addEventListener('abort', cancel);
      try {
        await new Promise<void>((resolve, reject) => {
          commands.set(id, { resolve, reject, ...(onProgress ? { onProgress } : {}) });
          send({ kind: 'command', id, command });
        });
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    },
    stop: () => {
      stop();
      for (const one of stops) one();
      for (const abort of running.values()) abort.abort();
      for (const { reject } of commands.values()) {
        reject(new StablePoseError('cancelled', 'The panel was closed while a command ran in it.'));
      }
      commands.clear();
    },
  };
}

async function withinTime(ready: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const words = "The panel's page did not come up.";
      reject(
        new StablePoseError('host-failed', words, {
          remedy: 'Close the panel, and open it again from the menu Plugins.',
        }),
      );
    }, readyTimeoutMs);
  });
  await Promise.race([ready, late]).finally(() => clearTimeout(timer));
}

function answersOf(host: PanelHost): Answers {
  // What crosses was checked to be a list for a call that exists; its content is the host's to check.
  const typed = <
    Name extends
      | 'readSelection'
      | 'readPoses'
      | 'saveFile'
      | 'pickFile'
      | 'openLink'
      | 'writeSelection'
      | 'testHost',
  >(
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
    writeSelection: typed('writeSelection'),
    testHost: typed('testHost'),
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
