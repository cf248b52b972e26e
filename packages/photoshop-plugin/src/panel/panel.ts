import { beginWithServer, mountStudio } from '@stable-pose/studio';
import { bridgedHost } from '../bridge/bridged-host.ts';
import type { RunCommand } from '../bridge/panel-commands.ts';
import type { MessagePipe } from '../bridge/piecewise.ts';
import { storeBytes } from '../host/folder-store.ts';
import { type CommandStrip, commandStrip } from './command-strip.ts';
import { openInsideEngine } from './open-inside-engine.ts';
import { commandsOf } from './run-commands.ts';

/** What UXP puts into a webview's window. */
interface UxpWindow extends Window {
  readonly uxpHost: { postMessage(message: unknown): void };
}

// The entry of the webview's half: the studio over the shell's host and the engine in the package, or a server that people choose.
const page = window as unknown as UxpWindow;
const pipe: MessagePipe = {
  send: (message) => page.uxpHost.postMessage(message),
  receive: (listener) => {
    const own = ({ data }: MessageEvent) => listener(data);
    page.addEventListener('message', own);
    return () => page.removeEventListener('message', own);
  },
};

async function open(place: HTMLElement, strip: CommandStrip): Promise<void> {
  let run: RunCommand | undefined;
  const host = await bridgedHost(
    pipe,
    {
      settings: { place: 'device', valueBytes: storeBytes.settings },
      blobs: { place: 'device', valueBytes: storeBytes.blobs },
    },
    (command, options) => strip.show(options, (own) => (run as RunCommand)(command, own)),
  );
  await beginWithServer(host.storage.settings, document);
  const engine = openInsideEngine(document);
  // The panel tells people, and lets them choose a server; without this it would be called unhandled until the panel looks.
  engine.catch(() => undefined);
  run = commandsOf(host, mountStudio(place, { host, engine }));
}

const studio = document.getElementById('studio');
const strip = document.getElementById('command');
if (studio && strip) void open(studio, commandStrip(strip));
