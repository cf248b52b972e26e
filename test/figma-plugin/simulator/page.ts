// The simulator's page: a document to draw in, the plug-in's main half in QuickJS, its page in a frame at no origin.
import type { SceneNode } from '../../../packages/figma-plugin/src/main/figma.ts';
import { type FigmaSimulator, figmaSimulator } from '../support/figma-simulator.ts';
import { DocumentDrawing } from './draw-document.ts';
import { fetchAsManifestAllows } from './fetch-as-manifest-allows.ts';
import { type FrameKind, openPluginFrame, type PluginFrame } from './plugin-frame.ts';
import { type QuickJsMain, startInQuickJs } from './quickjs-main.ts';
import { limitsOfReport, type SimulatedLimits, usualLimits } from './report-limits.ts';

interface Manifest {
  readonly name: string;
  readonly main: string;
  readonly ui?: string | Readonly<Record<string, string>>;
  readonly menu?: readonly { readonly name?: string; readonly command?: string }[];
  readonly networkAccess?: { readonly allowedDomains: readonly string[] };
}

interface ShowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly title?: string;
  readonly themeColors?: boolean;
}

const find = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
};
const main = find<HTMLElement>('main');
const svg = find<SVGSVGElement>('main > svg');
const layers = find<HTMLElement>('#layers');
const state = { x: 0, y: 0, zoom: 1, isDark: matchMedia('(prefers-color-scheme: dark)').matches };

class SimulatorPage {
  simulator: FigmaSimulator = figmaSimulator();
  main: QuickJsMain | undefined;
  frame: PluginFrame | undefined;
  readonly logged: string[] = [];
  private limits: SimulatedLimits = usualLimits;
  private window: HTMLElement | undefined;
  private stops: (() => void)[] = [];
  private drawing = this.newDrawing();
  private shownLayers = '';
  private listed = -1;
  private told = 0;

  /** Starts the plug-in anew, as its menu does; the document stays. */
  async run(): Promise<void> {
    await this.stop();
    const manifest = await this.offerCommands();
    const text = async (name: string) => (await fetch(pluginFolder + name)).text();
    const pages = new Map<string, Blob>();
    // A page of 65 MB would go through the VM's memory twice to come back as it is: a word stands for it there.
    const stand = async (name: string) => {
      const word = `<!-- page ${name} -->`;
      pages.set(word, await (await fetch(pluginFolder + name)).blob());
      return word;
    };
    const globals: Record<string, unknown> = {};
    if (typeof manifest.ui === 'string') globals.__html__ = await stand(manifest.ui);
    if (typeof manifest.ui === 'object') {
      const files: Record<string, string> = {};
      for (const [name, path] of Object.entries(manifest.ui)) files[name] = await stand(path);
      globals.__uiFiles__ = files;
    }
    const { figma } = this.simulator;
    const shown = (html: string, options: ShowOptions = {}) => {
      figma.showUI(html, options);
      let parts: readonly (string | Blob)[] = [html];
      for (const [word, page] of pages) {
        parts = parts.flatMap((part) =>
          typeof part === 'string'
            ? part.split(word).flatMap((one, i) => (i === 0 ? [one] : [page, one]))
            : part,
        );
      }
      this.show(new Blob([...parts]), manifest, options);
    };
    const closing = (message?: string) => {
      if (message) figma.notify(message);
      void this.stop();
    };
    const own: Readonly<Record<string, unknown>> = { showUI: shown, closePlugin: closing };
    const given = new Proxy(figma, {
      get: (target, key) => own[String(key)] ?? Reflect.get(target, key),
      has: (target, key) => String(key) in own || key in target,
    });
    this.main = await startInQuickJs({
      code: await text(manifest.main),
      figma: given,
      globals,
      hasTimers: this.limits.hasTimers,
      log: (words) => this.log(words),
      fetch: (url, init) =>
        fetchAsManifestAllows(url, init, manifest.networkAccess?.allowedDomains ?? ['none'], (words) =>
          this.log(words),
        ),
    });
    this.simulator.run({ command: find<HTMLSelectElement>('#command').value });
    // Reading the script is Figma's to do.
    this.main.forgetTimes();
    find('#run').textContent = 'Run again';
  }

  /** The report of a self-test: what the next run is like. */
  async loadReport(file: File): Promise<void> {
    try {
      this.limits = limitsOfReport(await file.text());
      this.simulator.ui.limitBytes(this.limits.messageBytes);
      toast('As in that Figma from the next run on.');
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error));
    }
  }

  /** The plug-in's menu, as its manifest has it. */
  async offerCommands(): Promise<Manifest> {
    const manifest = (await (await fetch(`${pluginFolder}manifest.json`)).json()) as Manifest;
    const select = find<HTMLSelectElement>('#command');
    const known = [...select.options].map(({ value }) => value);
    for (const { name, command } of manifest.menu ?? [])
      if (name && command && !known.includes(command)) select.add(new Option(name, command));
    return manifest;
  }

  async stop(): Promise<void> {
    this.simulator.close();
    this.main?.close();
    this.main = undefined;
    this.closeWindow();
  }

  /** As a click on the window's cross. */
  closeWindow(): void {
    for (const end of this.stops.splice(0)) end();
    this.frame?.close();
    this.frame = undefined;
    this.window?.remove();
    this.window = undefined;
  }

  tick(): void {
    try {
      this.simulator.settle();
    } catch (error) {
      this.log(String(error));
    }
    const box = `${state.x} ${state.y} ${main.clientWidth / state.zoom} ${main.clientHeight / state.zoom}`;
    if (svg.getAttribute('viewBox') !== box) svg.setAttribute('viewBox', box);
    this.drawing.draw(state.zoom);
    this.drawLayers();
    const { page, notifications, ui } = this.simulator;
    if (this.window) {
      this.window.style.width = `${ui.size.width}px`;
      this.window.style.height = `${ui.size.height + 40}px`;
    }
    this.offerPages();
    find('#zoom').textContent = `${Math.round(state.zoom * 100)} %`;
    find('#busy').textContent = this.main
      ? `The plug-in held the editor up for at most ${Math.round(this.main.longestMs)} ms`
      : '';
    find('#log').textContent = this.logged.at(-1) ?? '';
    find<HTMLButtonElement>('#delete').disabled = page.selection.length === 0;
    while (this.told < notifications.length) toast(notifications[this.told++]);
  }

  /** The whole document in the middle of what the plug-in's window leaves free. */
  showAll(): void {
    const corners = this.simulator.page.children.flatMap((node) => {
      const [[a, c, e], [b, d, f]] = node.absoluteTransform;
      const { width, height } = node;
      return [
        [e, f],
        [e + a * width, f + b * width],
        [e + c * height, f + d * height],
        [e + a * width + c * height, f + b * width + d * height],
      ];
    });
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const [left, top] = corners.length > 0 ? [Math.min(...xs), Math.min(...ys)] : [0, 0];
    const [right, bottom] = corners.length > 0 ? [Math.max(...xs), Math.max(...ys)] : [512, 512];
    const room = { width: main.clientWidth - (this.window ? this.window.offsetWidth + 40 : 0) };
    const [wide, high] = [Math.max(80, room.width - 80), Math.max(80, main.clientHeight - 120)];
    state.zoom = Math.min(1, wide / Math.max(1, right - left), high / Math.max(1, bottom - top));
    state.x = (left + right) / 2 - room.width / 2 / state.zoom;
    state.y = (top + bottom) / 2 - main.clientHeight / 2 / state.zoom;
  }

  /** The pages of the document, and which of them is shown. */
  private offerPages(): void {
    const select = find<HTMLSelectElement>('#page');
    const { pages, page } = this.simulator;
    const names = pages.map(({ name }) => name);
    if ([...select.options].map(({ text }) => text).join('\n') !== names.join('\n'))
      select.replaceChildren(...pages.map(({ name, id }) => new Option(name, id)));
    if (document.activeElement !== select) select.value = page.id;
  }

  async showPage(id: string): Promise<void> {
    const page = this.simulator.pages.find((one) => one.id === id);
    if (page) await this.simulator.showPage(page);
    this.showAll();
  }

  setDark(isDark: boolean): void {
    state.isDark = isDark;
    document.documentElement.classList.toggle('dark', isDark);
    this.frame?.setAppearance(isDark ? 'dark' : 'light');
  }

  private show(html: Blob, manifest: Manifest, options: ShowOptions): void {
    this.closeWindow();
    const { title = manifest.name, themeColors = false } = options;
    const window = document.createElement('div');
    window.className = 'window';
    const bar = document.createElement('header');
    const cross = document.createElement('button');
    cross.textContent = '✕';
    cross.ariaLabel = 'Close the plug-in';
    cross.onclick = () => void this.stop();
    const gap = document.createElement('span');
    gap.className = 'gap';
    bar.append(title, gap, cross);
    window.append(bar);
    main.append(window);
    drag(bar, (dx, dy) => {
      const box = window.getBoundingClientRect();
      const place = main.getBoundingClientRect();
      window.style.right = `${place.right - box.right - dx}px`;
      window.style.top = `${Math.max(0, box.top - place.top + dy)}px`;
    });
    this.window = window;
    this.frame = openPluginFrame(window, {
      kind: find<HTMLSelectElement>('#kind').value as FrameKind,
      html,
      allowedDomains: manifest.networkAccess?.allowedDomains ?? ['none'],
      appearance: state.isDark ? 'dark' : 'light',
      themeColors,
      onMessage: (message) => {
        try {
          this.simulator.ui.send(message);
        } catch (error) {
          this.log(String(error));
        }
      },
    });
    this.stops.push(this.simulator.ui.receive((message) => this.frame?.send(message)));
    this.showAll();
  }

  private log(words: string): void {
    this.logged.push(words);
  }

  private newDrawing(): DocumentDrawing {
    return new DocumentDrawing(this.simulator, find('#content'), find('#frames'));
  }

  private drawLayers(): void {
    if (this.simulator.version === this.listed) return;
    this.listed = this.simulator.version;
    const rows: { readonly node: SceneNode; readonly depth: number }[] = [];
    const list = (nodes: readonly SceneNode[], depth: number) => {
      for (const node of [...nodes].reverse()) {
        rows.push({ node, depth });
        // Thirty parts of a skeleton would bury the rest.
        if ('children' in node && depth < 1) list(node.children, depth + 1);
      }
    };
    list(this.simulator.page.children, 0);
    const selected = new Set(this.simulator.page.selection.map(({ id }) => id));
    const key = JSON.stringify(
      rows.map(({ node, depth }) => [node.id, node.name, depth, node.visible, selected.has(node.id)]),
    );
    if (key === this.shownLayers) return;
    this.shownLayers = key;
    find('nav p').toggleAttribute('hidden', rows.length > 0);
    layers.replaceChildren(
      ...rows.map(({ node, depth }) => {
        const row = document.createElement('div');
        row.textContent = `${symbols[node.type] ?? '◇'}  ${node.name}`;
        row.style.paddingLeft = `${16 + 16 * depth}px`;
        row.tabIndex = 0;
        row.role = 'option';
        row.ariaSelected = String(selected.has(node.id));
        row.classList.toggle('hidden', !node.visible);
        row.onclick = (event) => select(node, event.shiftKey);
        row.onkeydown = (event) => {
          if (event.key === 'Enter') select(node, event.shiftKey);
        };
        return row;
      }),
    );
  }
}

const symbols: Readonly<Record<string, string>> = {
  FRAME: '#',
  COMPONENT: '❖',
  INSTANCE: '◈',
  GROUP: '⬚',
  RECTANGLE: '▭',
  ELLIPSE: '○',
  LINE: '╱',
  TEXT: 'T',
};
const pluginFolder = new URLSearchParams(location.search).get('plugin') ?? '/plugin/';
const simulatorPage = new SimulatorPage();
export type FigmaSimulatorPage = SimulatorPage;
Object.assign(globalThis, { simulatorPage });

function select(node: SceneNode, adds: boolean): void {
  const { simulator } = simulatorPage;
  const others = adds ? simulator.page.selection.filter(({ id }) => id !== node.id) : [];
  simulator.select([...others, node]);
}

function toast(text: string): void {
  const shown = document.createElement('div');
  shown.className = 'toast';
  shown.role = 'status';
  shown.textContent = text;
  main.append(shown);
  setTimeout(() => shown.remove(), 4000);
}

function drag(handle: HTMLElement | SVGElement, move: (dx: number, dy: number) => void): void {
  handle.addEventListener('pointerdown', (down) => {
    const { target } = down as PointerEvent;
    if (target instanceof HTMLButtonElement) return;
    handle.setPointerCapture((down as PointerEvent).pointerId);
    const step = (event: Event) => {
      const { movementX, movementY } = event as PointerEvent;
      move(movementX, movementY);
    };
    handle.addEventListener('pointermove', step);
    handle.addEventListener('pointerup', () => handle.removeEventListener('pointermove', step), {
      once: true,
    });
  });
}

/** What a click means, as in Figma: the outermost below the frame; with Ctrl the very node. */
async function nodeAt(event: PointerEvent): Promise<SceneNode | undefined> {
  const id = (event.target as Element).closest('[data-id]')?.getAttribute('data-id');
  const found = id ? await simulatorPage.simulator.figma.getNodeByIdAsync(id) : null;
  let node = found as SceneNode | null;
  if (!node || event.ctrlKey || event.metaKey) return node ?? undefined;
  while (node.parent && node.parent.type !== 'PAGE' && node.parent.type !== 'FRAME')
    node = node.parent as SceneNode;
  return node;
}

svg.addEventListener('pointerdown', async (event) => {
  svg.setPointerCapture(event.pointerId);
  const { simulator } = simulatorPage;
  const isPan = event.button === 1 || event.altKey;
  const node = isPan ? undefined : await nodeAt(event);
  if (!isPan) {
    if (node) select(node, event.shiftKey);
    else simulator.select([]);
  }
  const step = ({ movementX, movementY }: PointerEvent) => {
    const [dx, dy] = [movementX / state.zoom, movementY / state.zoom];
    if (!node) {
      state.x -= dx;
      state.y -= dy;
      return;
    }
    simulator.byHand(() => {
      for (const one of simulator.page.selection) moveOnPage(one, dx, dy);
    });
  };
  svg.addEventListener('pointermove', step);
  svg.addEventListener('pointerup', () => svg.removeEventListener('pointermove', step), { once: true });
});
svg.addEventListener(
  'wheel',
  (event) => {
    event.preventDefault();
    if (!event.ctrlKey) {
      state.x += event.deltaX / state.zoom;
      state.y += event.deltaY / state.zoom;
      return;
    }
    const next = Math.min(8, Math.max(0.05, state.zoom * Math.exp(-event.deltaY / 300)));
    state.x += event.offsetX / state.zoom - event.offsetX / next;
    state.y += event.offsetY / state.zoom - event.offsetY / next;
    state.zoom = next;
  },
  { passive: false },
);

/** By a distance on the page, whatever the axes that the node lies in. */
function moveOnPage(node: SceneNode, dx: number, dy: number): void {
  const [[a, c], [b, d]] = node.relativeTransform;
  const [[p, r], [q, s]] = node.absoluteTransform;
  // From the page's axes to the node's own, and from these to its parent's.
  const det = p * s - q * r;
  const [u, v] = [(s * dx - r * dy) / det, (p * dy - q * dx) / det];
  node.x += a * u + c * v;
  node.y += b * u + d * v;
}

const actions: Readonly<Record<string, () => void>> = {
  run: () => void simulatorPage.run(),
  frame: () => {
    const { figma, page } = simulatorPage.simulator;
    const frame = figma.createFrame();
    frame.resize(512, 512);
    frame.name = `Frame ${page.children.length}`;
    frame.fills = [{ type: 'SOLID', color: { r: 1, g: 1, b: 1 } }];
    frame.x = 560 * (page.children.length - 1);
    simulatorPage.simulator.select([frame]);
    simulatorPage.showAll();
  },
  all: () => simulatorPage.showAll(),
  'new-page': () => {
    const { simulator } = simulatorPage;
    const { id } = simulator.addPage(`Page ${simulator.pages.length + 1}`);
    void simulatorPage.showPage(id);
  },
  ellipse: () => {
    const { figma, page } = simulatorPage.simulator;
    const [parent] = page.selection;
    const shape = figma.createEllipse();
    if (parent?.type === 'FRAME') parent.appendChild(shape);
    shape.resize(160, 160);
    shape.x = 80;
    shape.y = 80;
    shape.fills = [{ type: 'SOLID', color: { r: 0.85, g: 0.85, b: 0.85 } }];
    simulatorPage.simulator.select([shape]);
  },
  delete: () => {
    const { simulator } = simulatorPage;
    const nodes = simulator.page.selection;
    simulator.byHand(() => {
      for (const node of nodes) node.remove();
    });
    simulator.select([]);
  },
  undo: () => simulatorPage.simulator.undo(),
  theme: () => simulatorPage.setDark(!state.isDark),
};
for (const [id, action] of Object.entries(actions)) find<HTMLButtonElement>(`#${id}`).onclick = action;
addEventListener('keydown', (event) => {
  if (event.key === 'Delete' || event.key === 'Backspace') actions.delete();
  if (event.key === 'z' && (event.ctrlKey || event.metaKey)) actions.undo();
});
const report = find<HTMLInputElement>('#report');
find<HTMLButtonElement>('#load').onclick = () => report.click();
report.onchange = () => {
  const [file] = report.files ?? [];
  if (file) void simulatorPage.loadReport(file);
  report.value = '';
};
const pages = find<HTMLSelectElement>('#page');
pages.onchange = () => {
  pages.blur();
  void simulatorPage.showPage(pages.value);
};
const kind = find<HTMLSelectElement>('#kind');
kind.value = new URLSearchParams(location.search).get('frame') ?? 'srcdoc';
kind.onchange = () => void simulatorPage.run();
simulatorPage.setDark(state.isDark);
simulatorPage.showAll();
void simulatorPage.offerCommands();
setInterval(() => simulatorPage.tick(), 33);
