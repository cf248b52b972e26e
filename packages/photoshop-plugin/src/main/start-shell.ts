import type { HostAdapter } from '@stable-pose/sdk';
import type { MessagePipe } from '../bridge/piecewise.ts';
import { serveHost } from '../bridge/serve-host.ts';
import { PhotoshopHost } from '../host/photoshop-host.ts';
import type { Photoshop } from '../photoshop/photoshop.ts';
import type { UxpShell, UxpStorage, UxpThemes } from '../photoshop/uxp.ts';

/** What the shell takes from `require('uxp')`. */
export interface Uxp {
  readonly storage: UxpStorage;
  readonly shell: UxpShell;
  readonly host: { readonly version: string };
  readonly entrypoints: {
    setup(entries: {
      readonly plugin: { destroy(): void };
      readonly panels: Readonly<Record<string, { create(root: PanelNode): void }>>;
    }): void;
  };
}

/** A panel's element. */
export interface PanelNode {
  appendChild(child: unknown): unknown;
}

/** UXP's `<webview>`. */
export interface Webview {
  style: { width: string; height: string };
  setAttribute(name: string, value: string): void;
  postMessage(message: unknown): void;
}

export interface ShellWindow {
  addEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
  removeEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
}

export interface ShellDocument {
  createElement(name: 'webview'): Webview;
  readonly theme: UxpThemes;
}

/**
 * The shell: a webview that fills the panel, and Photoshop behind its bridge. Nothing else is here, and nothing takes long:
 * UXP gives an entry point 300 ms.
 */
export function startShell(
  photoshop: Photoshop,
  uxp: Uxp,
  { window, document }: { readonly window: ShellWindow; readonly document: ShellDocument },
): void {
  const host = new PhotoshopHost({
    photoshop,
    storage: uxp.storage,
    shell: uxp.shell,
    themes: document.theme,
    version: uxp.host.version,
    // The studio shows its own notices; what the host says goes to the developer console.
    notify: (text) => console.log(text),
  });
  let stop: (() => void) | undefined;
  uxp.entrypoints.setup({
    plugin: {
      destroy: () => {
        host.announceClosing();
        stop?.();
      },
    },
    panels: {
      studio: {
        create: (root) => {
          stop?.();
          stop = openStudio(host, root, window, document);
        },
      },
    },
  });
}

function openStudio(
  host: HostAdapter,
  root: PanelNode,
  window: ShellWindow,
  document: ShellDocument,
): () => void {
  const webview = document.createElement('webview');
  webview.style.width = '100%';
  webview.style.height = '100vh';
  webview.setAttribute('src', 'plugin:/studio/index.html');
  const pipe: MessagePipe = {
    send: (message) => webview.postMessage(message),
    receive: (listener) => {
      const own = ({ data }: { readonly data: unknown }) => listener(data);
      window.addEventListener('message', own);
      return () => window.removeEventListener('message', own);
    },
  };
  const stop = serveHost(host, pipe);
  root.appendChild(webview);
  return stop;
}
