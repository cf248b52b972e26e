import type { WebviewPage } from './uxp-realm.ts';

export interface WebviewFrameOptions {
  /** Where the plug-in's folder is served. */
  readonly base: string;
  /** Of the manifest's `webview`. */
  readonly domains: readonly string[];
}

/**
 * A webview as an iframe: the page of the plug-in with `uxpHost` in its window, JSON text both ways, and no `localStorage`,
 * which local pages do not have (uxp-api, html-web-view-element: local pages). It reaches the manifest's domains and nothing
 * else, not even its own folder, which the page promises only to elements with relative addresses.
 */
export function openWebviewFrame(
  place: HTMLElement,
  { base, domains }: WebviewFrameOptions,
  src: string,
  send: (json: string) => void,
): WebviewPage {
  const element = document.createElement('iframe');
  element.title = 'Stable-Pose';
  const queue: string[] = [];
  let isLoaded = false;
  const post = (json: string) => element.contentWindow?.postMessage(JSON.parse(json), '*');
  const receive = ({ source, data }: MessageEvent) => {
    const { uxpHost } = (data ?? {}) as { readonly uxpHost?: unknown };
    if (source === element.contentWindow && typeof uxpHost === 'string') send(uxpHost);
  };
  addEventListener('message', receive);
  element.addEventListener('load', () => {
    isLoaded = true;
    for (const json of queue.splice(0)) post(json);
  });
  void load(element, new URL(src.replace(/^plugin:\//, ''), new URL(base, location.href)), domains);
  place.append(element);
  return {
    receive: (json) => {
      if (isLoaded) post(json);
      else queue.push(json);
    },
    close: () => {
      removeEventListener('message', receive);
      element.remove();
    },
  };
}

async function load(element: HTMLIFrameElement, address: URL, domains: readonly string[]): Promise<void> {
  const html = await (await fetch(address)).text();
  const policy = `connect-src blob: data: ${domains.join(' ')}`;
  const own = `<meta http-equiv="Content-Security-Policy" content="${policy}"><base href="${address.href}"><script>
    window.uxpHost = { postMessage: (message) => parent.postMessage({ uxpHost: JSON.stringify(message) }, '*') };
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('Not for local pages.', 'SecurityError'); } });
  </script>`;
  element.srcdoc = html.replace(/<head[^>]*>/i, (head) => head + own);
}
