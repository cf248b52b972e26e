import type { WebviewPage } from './uxp-realm.ts';

/**
 * A webview as an iframe: the page of the plug-in with `uxpHost` in its window, JSON text both ways, and no `localStorage`,
 * which local pages do not have (uxp-api, html-web-view-element: local pages).
 * @param base where the plug-in's folder is served
 */
export function openWebviewFrame(
  place: HTMLElement,
  base: string,
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
  void load(element, new URL(src.replace(/^plugin:\//, ''), new URL(base, location.href)));
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

async function load(element: HTMLIFrameElement, address: URL): Promise<void> {
  const html = await (await fetch(address)).text();
  const own = `<base href="${address.href}"><script>
    window.uxpHost = { postMessage: (message) => parent.postMessage({ uxpHost: JSON.stringify(message) }, '*') };
    Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('Not for local pages.', 'SecurityError'); } });
  </script>`;
  element.srcdoc = html.replace(/<head[^>]*>/i, (head) => head + own);
}
