import { StablePoseError } from '@stable-pose/core';
import type { HostAdapter } from '@stable-pose/sdk';
import { findServer, RemoteEngine } from '@stable-pose/sdk/remote';
import { mountStudio } from '@stable-pose/studio';
import { bridgedHost } from '../bridge/bridged-host.ts';
import type { MessagePipe } from '../bridge/piecewise.ts';

/** What UXP puts into a webview's window. */
interface UxpWindow extends Window {
  readonly uxpHost: { postMessage(message: unknown): void };
}

// The entry of the webview's half: the studio over the shell's host and the server of this computer.
const page = window as unknown as UxpWindow;
const pipe: MessagePipe = {
  send: (message) => page.uxpHost.postMessage(message),
  receive: (listener) => {
    const own = ({ data }: MessageEvent) => listener(data);
    page.addEventListener('message', own);
    return () => page.removeEventListener('message', own);
  },
};

/** The name under which the shell keeps the server's token. */
const tokenName = 'server-token';

async function openEngine({ storage }: HostAdapter): Promise<RemoteEngine> {
  const url = await findServer();
  const token = await storage.settings.read(tokenName);
  if (url) return new RemoteEngine({ url, token: new TextDecoder().decode(token) });
  throw new StablePoseError('server-unreachable', 'No Stable-Pose server answers on this computer.', {
    remedy: 'Start one with "stable-pose serve", and open the panel again.',
  });
}

async function open(place: HTMLElement): Promise<void> {
  const host = await bridgedHost(pipe, { settings: { place: 'device' }, blobs: { place: 'device' } });
  mountStudio(place, { host, engine: openEngine(host) });
}

const studio = document.getElementById('studio');
if (studio) void open(studio);
