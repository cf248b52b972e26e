import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { aboveLimit, checkStoreName, type HostEvent, type HostInfo, type HostStore } from '@stable-pose/sdk';
import { checkToPage, type HostCall, type ToShell } from './host-messages.ts';
import type { PanelCommand, PanelHost, RunCommand } from './panel-commands.ts';
import { type MessagePipe, piecewise } from './piecewise.ts';
import { fromWire, toWire } from './wire-value.ts';

/** What the stores at the other end say of themselves; constants of the shell. */
export interface BridgedStores {
  readonly settings: Pick<HostStore, 'place' | 'valueBytes'>;
  readonly blobs: Pick<HostStore, 'place' | 'valueBytes'>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The page's end: a host whose every method is answered by the shell, and which runs the shell's commands. */
export async function bridgedHost(
  pipe: MessagePipe,
  stores: BridgedStores,
  runCommand?: RunCommand,
): Promise<PanelHost> {
  const channel = piecewise(pipe);
  const waiting = new Map<number, Waiting>();
  const commands = new Map<number, AbortController>();
  const listeners = new Map<HostEvent, Set<() => void>>();
  let next = 0;
  channel.receive((value) => {
    const message = checkToPage(fromWire(value));
    if (message.kind === 'event') {
      for (const tell of [...(listeners.get(message.event) ?? [])]) tell();
      return;
    }
    if (message.kind === 'command') {
      void run(message.id, message.command);
      return;
    }
    if (message.kind === 'stop') {
      commands.get(message.id)?.abort();
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'result') call?.resolve(message.value);
    else call?.reject(StablePoseError.from(message.error, 'host-failed'));
  });
  const send = (message: ToShell) => channel.send(toWire(message));
  const ask = async <T>(call: HostCall, given: readonly unknown[], signal?: AbortSignal): Promise<T> => {
    throwIfCancelled(signal);
    const id = next++;
    const cancel = () => send({ kind: 'cancel', id });
    try {
      return await new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        signal?.addEventListener('abort', cancel, { once: true });
        send({ kind: 'call', id, call, given });
      });
    } finally {
      waiting.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  };
  const run = async (id: number, command: PanelCommand): Promise<void> => {
    const abort = new AbortController();
    commands.set(id, abort);
    try {
      if (!runCommand) throw new StablePoseError('not-supported', 'This page runs no commands.');
      await runCommand(command, {
        signal: abort.signal,
        onProgress: (share, words) => send({ kind: 'progress', id, share, words }),
      });
      send({ kind: 'done', id });
    } catch (error) {
      send({ kind: 'done', id, error: StablePoseError.from(error).toJSON() });
    } finally {
      commands.delete(id);
    }
  };
  const store = (room: 'settings' | 'blobs'): HostStore => ({
    ...stores[room],
    read: (name) => ask('storeRead', [room, name]),
    write: async (name, value) => {
      checkStoreName(name);
      const { valueBytes } = stores[room];
      // What the shell would refuse need not cross first.
      if (valueBytes !== undefined && value.length > valueBytes) {
        throw aboveLimit('A value in a store', value.length, valueBytes, 'bytes');
      }
      await ask('storeWrite', [room, name, value]);
    },
    delete: (name) => ask('storeDelete', [room, name]),
    names: (prefix = '') => ask('storeNames', [room, prefix]),
  });
  const info = await ask<HostInfo>('info', []);
  if (runCommand) send({ kind: 'ready' });
  return {
    info,
    storage: { settings: store('settings'), blobs: store('blobs') },
    readSelection: (...target) => ask('readSelection', target),
    readPixels: (target, { signal, ...reading }) => ask('readPixels', [target, reading], signal),
    readMask: (target, { signal, ...reading }) => ask('readMask', [target, reading], signal),
    readPoses: (target) => ask('readPoses', [target]),
    placePoses: (target, poses, { signal, ...options } = {}) =>
      ask('placePoses', [target, poses, options], signal),
    place: (placement, { signal } = {}) => ask('place', [placement], signal),
    // Photoshop shows no progress outside of modal scopes: the studio shows its own.
    startProgress: () => ({ update: () => undefined, end: () => undefined }),
    notify: (text, kind) => void ask('notify', [text, kind ?? 'info']).catch(() => undefined),
    theme: () => ask('theme', []),
    watch: (event, listener) => {
      const own = () => listener();
      listeners.set(event, (listeners.get(event) ?? new Set()).add(own));
      return () => listeners.get(event)?.delete(own);
    },
    saveFile: (file) => ask('saveFile', [file]),
    pickFile: (endings) => ask('pickFile', [endings]),
    openLink: (url) => ask('openLink', [url]),
    writeSelection: (...given) => ask('writeSelection', given),
    testHost: () => ask('testHost', []),
  };
}
