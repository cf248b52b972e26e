/** How Figma is said to load a plug-in's page: nobody outside knows which. */
export type FrameKind = 'srcdoc' | 'data';

export interface PluginFrameOptions {
  readonly kind: FrameKind;
  /** UTF-8: megabytes that are handed on as they are, and read in the frame. */
  readonly html: Blob;
  /** Of the manifest's `networkAccess`. */
  readonly allowedDomains: readonly string[];
  readonly appearance: 'light' | 'dark';
  readonly themeColors: boolean;
  /** What the page says by `parent.postMessage({ pluginMessage })`. */
  readonly onMessage: (message: unknown) => void;
}

export interface PluginFrame {
  readonly element: HTMLIFrameElement;
  send(message: unknown): void;
  setAppearance(appearance: 'light' | 'dark'): void;
  close(): void;
}

/** Figma's colours for plug-ins, in part (developers.figma.com, CSS variables). */
const colours = {
  light: {
    bg: '#ffffff',
    'bg-secondary': '#f5f5f5',
    text: '#000000e5',
    'text-secondary': '#00000080',
    border: '#e6e6e6',
    'bg-brand': '#0d99ff',
    'text-onbrand': '#ffffff',
  },
  dark: {
    bg: '#2c2c2c',
    'bg-secondary': '#383838',
    text: '#ffffff',
    'text-secondary': '#ffffffb2',
    border: '#444444',
    'bg-brand': '#0c8ce9',
    'text-onbrand': '#ffffff',
  },
} as const;

/**
 * What the manifest lets the page reach. "A breach is a CSP error (`default-src data:`)" (developers.figma.com, manifest);
 * inline scripts, WebAssembly and Blobs are what plug-ins in use live from; the rest is refused.
 */
function policy(allowedDomains: readonly string[]): string {
  const domains = allowedDomains.filter((domain) => domain !== 'none').join(' ');
  return `default-src data: blob: 'unsafe-inline' 'unsafe-eval' ${domains}; worker-src blob:; frame-src 'none'`;
}

/** Some 50 ms of parsing. */
const pieceBytes = 2 ** 22;

/**
 * A page at no origin. A small page is loaded, and writes the large one: browsers refuse a `data:` address of megabytes, and an
 * attribute of as many costs whoever looks at the element (a browser's tools, Playwright) seconds at each look. It writes in pieces:
 * a browser that loads a page rests in the middle of parsing, and scripts go on meanwhile.
 */
export function openPluginFrame(place: HTMLElement, options: PluginFrameOptions): PluginFrame {
  const { kind, allowedDomains, themeColors, onMessage } = options;
  let { appearance } = options;
  const element = document.createElement('iframe');
  element.setAttribute('sandbox', 'allow-scripts');
  element.title = 'Plug-in';
  const themeScript = `addEventListener('message', ({ data }) => { if (data && data.figmaTheme) { document.documentElement.className = 'figma-' + data.figmaTheme.name; document.getElementById('figma-style').textContent = data.figmaTheme.css; } });`;
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy(allowedDomains)}">${
    themeColors
      ? `<style id="figma-style">${themeCss(appearance)}</style><script>document.documentElement.className='figma-${appearance}';${themeScript}</script>`
      : ''
  }`;
  const queue: unknown[] = [];
  let isOpen = false;
  const post = (message: unknown) => element.contentWindow?.postMessage(message, '*');
  /** "Queued until the iframe loads". */
  const open = () => {
    isOpen = true;
    for (const message of queue.splice(0)) post(message);
  };
  const writer = `<!doctype html><script>onmessage = async ({ data: { html } }) => {
    const decoder = new TextDecoder();
    document.open();
    for (let at = 0; at < html.size; at += ${pieceBytes}) {
      const piece = await html.slice(at, at + ${pieceBytes}).arrayBuffer();
      document.write(decoder.decode(piece, { stream: true }));
    }
    document.close();
  }</script>`;
  if (kind === 'srcdoc') element.srcdoc = writer;
  else element.src = `data:text/html,${encodeURIComponent(writer)}`;
  element.addEventListener(
    'load',
    async () => {
      post({ html: await withHead(options.html, head) });
      open();
    },
    { once: true },
  );
  const receive = ({ source, data }: MessageEvent) => {
    if (source !== element.contentWindow || typeof data !== 'object' || data === null) return;
    if ('pluginMessage' in data) onMessage(data.pluginMessage);
  };
  addEventListener('message', receive);
  place.append(element);
  return {
    element,
    send: (message) => {
      if (isOpen) post({ pluginMessage: message });
      else queue.push({ pluginMessage: message });
    },
    setAppearance: (next) => {
      appearance = next;
      post({ figmaTheme: { name: appearance, css: themeCss(appearance) } });
    },
    close: () => {
      removeEventListener('message', receive);
      element.remove();
    },
  };
}

function themeCss(appearance: 'light' | 'dark'): string {
  const variables = Object.entries(colours[appearance]).map(
    ([name, colour]) => `--figma-color-${name}:${colour};`,
  );
  return `:root{color-scheme:${appearance};${variables.join('')}}`;
}

/** Begins so far in: where the head of a page is sought, in ASCII. */
const beginning = 10_000;

async function withHead(html: Blob, head: string): Promise<Blob> {
  const begin = new TextDecoder('latin1').decode(await html.slice(0, beginning).arrayBuffer());
  const at = /<head[^>]*>/i.exec(begin);
  if (!at) return new Blob([`<!doctype html><html><head>${head}</head><body>`, html, '</body></html>']);
  const end = at.index + at[0].length;
  return new Blob([html.slice(0, end), head, html.slice(end)]);
}
