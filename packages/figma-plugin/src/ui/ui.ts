import { StablePoseError } from '@stable-pose/core';
import type { HostAdapter } from '@stable-pose/sdk';
import { findServer, RemoteEngine } from '@stable-pose/sdk/remote';
import { mountStudio } from '@stable-pose/studio';
import { callMain } from '../messages/call-main.ts';
import type { MessagePipe } from '../messages/chunked-channel.ts';
import { FigmaHost } from './figma-host.ts';
import { pageTheme } from './page-theme.ts';

// The entry of the UI half: the studio over the main half's host and the server of this computer.
const pipe: MessagePipe = {
  send: (message) => parent.postMessage({ pluginMessage: message }, '*'),
  receive: (listener) => {
    const own = ({ data }: MessageEvent) => listener((data as { pluginMessage?: unknown })?.pluginMessage);
    window.addEventListener('message', own);
    return () => window.removeEventListener('message', own);
  },
};

/** The name under which the server's token is kept. */
const tokenName = 'server-token';

async function openEngine({ storage }: HostAdapter): Promise<RemoteEngine> {
  // By name: the manifest's domains know `localhost` and no address.
  const url = await findServer({ host: 'localhost' });
  if (url === undefined) {
    throw new StablePoseError('server-unreachable', 'No Stable-Pose server answers on this computer.', {
      remedy: 'Start one with "stable-pose serve", and open the plug-in again.',
    });
  }
  const token = await storage.settings.read(tokenName);
  return new RemoteEngine({ url, token: new TextDecoder().decode(token) });
}

const place = document.getElementById('studio');
if (place) {
  const host = new FigmaHost({ main: callMain(pipe), theme: pageTheme(document.documentElement) });
  mountStudio(place, { host, engine: openEngine(host) });
}
