import { StablePoseError } from '@stable-pose/core';
import type { HostAdapter } from '@stable-pose/sdk';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import { mountStudio } from '@stable-pose/studio';
import { callMain } from '../messages/call-main.ts';
import type { MessagePipe } from '../messages/chunked-channel.ts';
import { FigmaHost } from './figma-host.ts';
import { findLocalServer } from './find-local-server.ts';
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
  const token = new TextDecoder().decode(await storage.settings.read(tokenName));
  const url = await findLocalServer({ token });
  if (url) return new RemoteEngine({ url, token });
  throw new StablePoseError(
    'server-unreachable',
    'No Stable-Pose server on this computer answers the plug-in.',
    {
      remedy: 'Start one with "stable-pose serve --allow-origin null", and open the plug-in again.',
    },
  );
}

const place = document.getElementById('studio');
if (place) {
  const host = new FigmaHost({ main: callMain(pipe), theme: pageTheme(document.documentElement) });
  mountStudio(place, { host, engine: openEngine(host) });
}
