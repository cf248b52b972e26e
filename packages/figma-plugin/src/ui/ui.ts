import { StablePoseError } from '@stable-pose/core';
import type { GenerationEngine, HostAdapter } from '@stable-pose/sdk';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import type { openCarriedEngine } from '@stable-pose/sdk/web';
import { mountStudio } from '@stable-pose/studio';
import { callMain } from '../messages/call-main.ts';
import type { MessagePipe } from '../messages/chunked-channel.ts';
import { barText } from './bar-text.ts';
import { DocumentActions } from './document-actions.ts';
import { FigmaHost } from './figma-host.ts';
import { findLocalServer } from './find-local-server.ts';
import { insideFiles, parsed } from './inside-files.ts';
import { pageTheme } from './page-theme.ts';
import { runInsideScript } from './run-inside-script.ts';
import { mountSelectionBar } from './selection-bar.tsx';

// The entry of the UI half: the studio over the main half's host and the engine inside the page.
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

/** Runs the engine's script, which the page carries packed, as a script of the page. */
async function openInside(): Promise<GenerationEngine> {
  const files = insideFiles(document);
  await runInsideScript(files, 'engine.js');
  const { stablePoseCarriedEngine: open } = globalThis as unknown as {
    readonly stablePoseCarriedEngine?: typeof openCarriedEngine;
  };
  await parsed(document);
  const from = document.querySelector<HTMLMetaElement>('meta[name="stable-pose-models"]')?.content;
  if (open) return open(files, from === undefined ? {} : { from });
  throw new StablePoseError('runtime-missing', "The engine's script inside the page did not run.");
}

/** The engine inside; where it cannot be had, the server of this computer that people paired the plug-in with. */
async function openEngine({ storage }: HostAdapter): Promise<GenerationEngine> {
  try {
    return await openInside();
  } catch (failure) {
    const token = new TextDecoder().decode(await storage.settings.read(tokenName));
    const url = token === '' ? undefined : await findLocalServer({ token });
    if (url) return new RemoteEngine({ url, token });
    throw failure;
  }
}

/** Changes come in flocks while people drag. */
const lookAfterMs = 150;

const place = document.getElementById('studio');
const bar = document.getElementById('bar');
if (place && bar) {
  const main = callMain(pipe);
  const host = new FigmaHost({ main, theme: pageTheme(document.documentElement) });
  const engine = openEngine(host);
  // The panel tells people; without this the browser would call it unhandled until the panel looks.
  engine.catch(() => undefined);
  const studio = mountStudio(place, { host, engine });
  const actions = new DocumentActions({
    host,
    main,
    engine: async () => (await studio.current()).engine,
    text: barText(navigator.language),
  });
  mountSelectionBar(bar, actions);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void actions.look(), lookAfterMs);
  };
  host.watch('selection', look);
  host.watch('poses', look);
  look();
  void main.ask('readCommand', {}).then(({ command }) => (command === 'again' ? actions.again() : undefined));
}
