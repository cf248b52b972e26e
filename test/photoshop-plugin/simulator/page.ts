// The simulator's page: a document with layers, masks, a selection and a history, and the plug-in's panel docked beside it.
import { type Raster, raster } from '@stable-pose/core';
import { colourSamples } from '../../../packages/photoshop-plugin/src/host/colour-samples.ts';
import { documentColour } from '../../../packages/photoshop-plugin/src/host/document-colour.ts';
import type { UxpFile, UxpTheme } from '../../../packages/photoshop-plugin/src/photoshop/uxp.ts';
import { transformByHand, withInner } from './hands.ts';
import { absentOfReport, limitsOfReport, type SelfTestReport } from './limits-of-report.ts';
import { openMainPage } from './main-page-frame.ts';
import { PhotoshopSimulator } from './photoshop-simulator.ts';
import type { SimulatedDocument, SimulatedImage, SimulatedLayer } from './simulated-document.ts';
import { type UxpManifest, UxpRealm } from './uxp-realm.ts';
import { UxpSimulator } from './uxp-simulator.ts';
import { openWebviewFrame } from './webview-frame.ts';

const find = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
};
const folder = '/plugin/';
const panelId = 'studio';
const canvas = find<HTMLCanvasElement>('#canvas');
const overlay = find<HTMLCanvasElement>('#overlay');
const toolSelect = find<HTMLSelectElement>('#tool');
const themes: readonly UxpTheme[] = ['darkest', 'dark', 'light', 'lightest'];

class SimulatorPage {
  simulator = new PhotoshopSimulator();
  uxp = new UxpSimulator();
  realm: UxpRealm | undefined;
  /** Files that the plug-in saved, by name. */
  readonly saved = new Map<string, Uint8Array>();
  private absent: readonly string[] = [];
  private closeMain: (() => void) | undefined;
  private drawn: unknown;
  private listed: unknown;
  private toldAlerts = 0;

  /** Loads the plug-in anew, as the UXP Developer Tool does; documents stay. */
  async load(): Promise<void> {
    this.closeMain?.();
    this.closeMain = undefined;
    this.realm?.unload();
    find('#panel').replaceChildren();
    const text = async (name: string) => (await fetch(folder + name)).text();
    const manifest = JSON.parse(await text('manifest.json')) as UxpManifest;
    const { domains = [] } = manifest.requiredPermissions?.webview ?? {};
    const main = await text(manifest.main);
    const [, script = ''] = /<script src="([^"]+)"/.exec(main) ?? [];
    this.uxp.saving = (name) => this.fileToSave(name);
    const realm = new UxpRealm({
      manifest,
      simulator: this.simulator,
      uxp: this.uxp,
      openPage: (src, send) => openWebviewFrame(find('#panel'), { base: folder, domains }, src, send),
      locale: navigator.language.replace('-', '_'),
      absent: this.absent,
    });
    this.realm = realm;
    find('#dock header span').textContent = manifest.name;
    const { body } = new DOMParser().parseFromString(main, 'text/html');
    body.querySelectorAll('script').forEach((one) => void one.remove());
    if (body.children.length > 0) {
      const address = new URL(manifest.main, new URL(folder, location.href));
      this.closeMain = await openMainPage(find('#panel'), address, (name) => realm.require(name));
      find('#dock').removeAttribute('hidden');
      return;
    }
    realm.run(await text(script));
    this.openPanel();
  }

  /** As the Photoshop in which a self-test ran, without documents. */
  async doAs(report: SelfTestReport): Promise<void> {
    this.simulator = new PhotoshopSimulator(limitsOfReport(report));
    this.absent = absentOfReport(report.photoshop);
    await this.load();
  }

  openPanel(): void {
    this.realm?.openPanel(panelId);
    find('#dock').removeAttribute('hidden');
  }

  closePanel(): void {
    this.realm?.closePanel(panelId);
    find('#dock').setAttribute('hidden', '');
  }

  newDocument(width: number, height: number, mode: string, depth: 8 | 16 | 32, picture?: Raster): void {
    const ground = picture ?? filled(width, height);
    const colour = documentColour({ mode, bitsPerChannel: `bitDepth${depth}` });
    const background = typeof colour === 'string' ? undefined : imageOf(ground, mode, depth);
    this.simulator.open({ canvas: { width, height }, mode, depth, ...(background ? { background } : {}) });
  }

  setTheme(theme: UxpTheme): void {
    document.documentElement.dataset.theme = theme;
    this.uxp.setTheme(theme);
  }

  async playAction(): Promise<void> {
    find('#progress').removeAttribute('hidden');
    try {
      for (const step of this.simulator.steps) {
        find('#progress output').textContent = step.name;
        await this.simulator.playStep(step, (this.realm as UxpRealm).stepFunction(step.methodName));
      }
    } catch (error) {
      this.simulator.alerts.push(error instanceof Error ? error.message : String(error));
    } finally {
      find('#progress').setAttribute('hidden', '');
    }
  }

  private fileToSave(name: string): UxpFile {
    return {
      isFolder: false,
      name,
      read: async () => new ArrayBuffer(0),
      write: async (data) => {
        const bytes = new Uint8Array(data.slice(0));
        this.saved.set(name, bytes);
        const link = document.createElement('a');
        link.href = URL.createObjectURL(new Blob([bytes]));
        link.download = name;
        link.click();
        return bytes.length;
      },
      moveTo: async () => undefined,
      delete: async () => undefined,
    };
  }

  get document(): SimulatedDocument | undefined {
    return this.simulator.photoshop.app.activeDocument ? this.simulator.document : undefined;
  }

  tick(): void {
    const { document: open, simulator, realm } = this;
    const now = [open, open?.state, open?.selection];
    if (!same(this.drawn, now)) {
      this.drawn = now;
      if (open) draw(open);
      find('#empty').toggleAttribute('hidden', open !== undefined);
    }
    if (!same(this.listed, [open?.state, open?.history.length])) {
      this.listed = [open?.state, open?.history.length];
      listLayers(open);
      find('#history').replaceChildren(...(open?.history ?? []).map(({ name }) => item(name)).reverse());
    }
    while (this.toldAlerts < simulator.alerts.length) toast(simulator.alerts[this.toldAlerts++]);
    const { length: scopes } = simulator.progressNames;
    find('#facts').textContent = [
      `${scopes} modal ${scopes === 1 ? 'scope' : 'scopes'}`,
      `${simulator.liveBuffers} live buffers`,
      `longest message ${((realm?.longestMessage ?? 0) / 1e6).toFixed(1)} MB`,
      ...(realm?.failures.slice(-1) ?? []),
    ].join('   ·   ');
    const [words] = simulator.reports.slice(-1);
    if (words) find('#progress small').textContent = words;
    find('#play').toggleAttribute('disabled', simulator.steps.length === 0);
  }
}

function same(a: unknown, b: readonly unknown[]): boolean {
  return Array.isArray(a) && a.length === b.length && b.every((one, i) => one === a[i]);
}

function filled(width: number, height: number): Raster {
  const ground = raster(width, height, 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shade = 205 - Math.round((60 * y) / height);
      ground.data.set([shade, shade + 6, shade + 14, 255], 4 * (y * width + x));
    }
  }
  return ground;
}

function imageOf(picture: Raster, mode: string, depth: 8 | 16 | 32): SimulatedImage {
  const colour = documentColour({ mode, bitsPerChannel: `bitDepth${depth}` });
  if (typeof colour === 'string') throw new Error(colour);
  const { data, components } = colourSamples(picture, colour);
  const { width, height } = picture;
  return { width, height, components, hasAlpha: true, data };
}

function draw(open: SimulatedDocument): void {
  const { width, height } = open.canvas;
  for (const one of [canvas, overlay]) Object.assign(one, { width, height });
  find<HTMLElement>('#sheet').style.setProperty('--ratio', String(width / height));
  find('#title').textContent =
    `${open.name} (${open.mode.replace(/(Color)?Mode$/, '').toUpperCase()}/${open.depth})`;
  const seen = open.render({ left: 0, top: 0, right: width, bottom: height });
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(seen.data), width, height), 0, 0);
  const context = overlay.getContext('2d');
  if (!open.selection || !context) return;
  const { area, mask } = open.selection;
  const shareAt = (x: number, y: number) => {
    const [column, row] = [x - area.x, y - area.y];
    const isIn = column >= 0 && row >= 0 && column < area.width && row < area.height;
    return !isIn ? 0 : mask ? mask.data[row * area.width + column] / 255 : 1;
  };
  const shown = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (shareAt(x, y) < 0.5) continue;
      const around = [shareAt(x - 1, y), shareAt(x + 1, y), shareAt(x, y - 1), shareAt(x, y + 1)];
      if (Math.min(...around) >= 0.5) continue;
      // Dashes where half is selected, as Photoshop shows a soft selection.
      const dash = (x + y) % 8 < 4 ? 255 : 0;
      shown.data.set([dash, dash, dash, 255], 4 * (y * width + x));
    }
  }
  context.putImageData(shown, 0, 0);
}

function item(words: string): HTMLElement {
  const row = document.createElement('div');
  row.textContent = words;
  return row;
}

function listLayers(open: SimulatedDocument | undefined): void {
  const rows: HTMLElement[] = [];
  const list = (parent: number | undefined, depth: number) => {
    for (const layer of open?.childrenOf(parent) ?? []) {
      rows.push(layerRow(open as SimulatedDocument, layer, depth));
      // Thirty parts of a skeleton would bury the rest.
      const isPerson = 'stablePosePerson' in layer.settings;
      const isOpen =
        !isPerson ||
        withInner(open as SimulatedDocument, layer.id).some(({ id }) => open?.state.activeIds.includes(id));
      if (layer.kind === 'group' && isOpen) list(layer.id, depth + 1);
    }
  };
  list(undefined, 0);
  find('#layers').replaceChildren(...rows);
}

const symbols = { pixel: '▦', group: '▸', solidColor: '◆', smartObject: '❏' } as const;

function layerRow(open: SimulatedDocument, layer: SimulatedLayer, depth: number): HTMLElement {
  const row = document.createElement('div');
  row.role = 'option';
  row.tabIndex = 0;
  row.ariaSelected = String(open.state.activeIds.includes(layer.id));
  row.style.paddingLeft = `${8 + 14 * depth}px`;
  row.dataset.layer = String(layer.id);
  const eye = document.createElement('button');
  eye.textContent = layer.isVisible ? '●' : '○';
  eye.ariaLabel = layer.isVisible ? `Hide ${layer.name}` : `Show ${layer.name}`;
  eye.onclick = (event) => {
    event.stopPropagation();
    open.changeLayer('Layer Visibility', layer.id, { isVisible: !layer.isVisible });
    simulatorPage.simulator.tell(layer.isVisible ? 'hide' : 'show');
  };
  const name = document.createElement('span');
  name.textContent = `${symbols[layer.kind ?? 'pixel']}  ${layer.name}${layer.mask ? '  ◐' : ''}`;
  row.append(eye, name);
  row.onclick = (event) => {
    const others = event.shiftKey ? open.state.activeIds : [];
    simulatorPage.simulator.selectLayers(...others, layer.id);
  };
  return row;
}

function toast(words: string): void {
  const shown = document.createElement('dialog');
  const text = document.createElement('p');
  text.textContent = words;
  const button = document.createElement('button');
  button.textContent = 'OK';
  button.className = 'answer';
  button.onclick = () => shown.remove();
  shown.append(text, button);
  document.body.append(shown);
  shown.show();
}

function placeOf(event: PointerEvent): readonly [number, number] {
  const box = overlay.getBoundingClientRect();
  return [
    Math.round(((event.clientX - box.left) * overlay.width) / box.width),
    Math.round(((event.clientY - box.top) * overlay.height) / box.height),
  ];
}

overlay.addEventListener('pointerdown', (down) => {
  const open = simulatorPage.document;
  if (!open) return;
  overlay.setPointerCapture(down.pointerId);
  const [fromX, fromY] = placeOf(down);
  let [lastX, lastY] = [fromX, fromY];
  const step = (event: PointerEvent) => {
    const [x, y] = placeOf(event);
    if (toolSelect.value === 'move') {
      moveActive(open, x - lastX, y - lastY);
      [lastX, lastY] = [x, y];
      return;
    }
    const left = Math.max(0, Math.min(fromX, x));
    const top = Math.max(0, Math.min(fromY, y));
    const width = Math.min(open.canvas.width, Math.max(fromX, x)) - left;
    const height = Math.min(open.canvas.height, Math.max(fromY, y)) - top;
    if (width < 2 || height < 2) return;
    const area = { x: left, y: top, width, height };
    open.selection = toolSelect.value === 'ellipse' ? { area, mask: ellipse(width, height) } : { area };
  };
  const up = () => {
    overlay.removeEventListener('pointermove', step);
    simulatorPage.simulator.tell(toolSelect.value === 'move' ? 'move' : 'set');
  };
  overlay.addEventListener('pointermove', step);
  overlay.addEventListener('pointerup', up, { once: true });
});

function moveActive(open: SimulatedDocument, dx: number, dy: number): void {
  for (const id of open.state.activeIds) {
    transformByHand(open, id, ([x, y]) => [x + dx, y + dy]);
    const ids = new Set(withInner(open, id).map((layer) => layer.id));
    const layers = open.state.layers.map((layer) =>
      ids.has(layer.id) && !layer.shape ? { ...layer, left: layer.left + dx, top: layer.top + dy } : layer,
    );
    open.change('Move', { ...open.state, layers });
  }
}

/** With an edge of a few pixels. */
function ellipse(width: number, height: number): Raster {
  const mask = raster(width, height, 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const r = Math.hypot(((x + 0.5) / width) * 2 - 1, ((y + 0.5) / height) * 2 - 1);
      mask.data[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, (1 - r) * 8)));
    }
  }
  return mask;
}

function showMenu(): void {
  const menu = find<HTMLElement>('#flyout');
  if (!menu.hidden) {
    menu.hidden = true;
    return;
  }
  const items = simulatorPage.realm?.menuOf(panelId) ?? [];
  menu.replaceChildren(
    ...items.map(({ id, label, checked }) => {
      if (label === '-') return document.createElement('hr');
      const button = document.createElement('button');
      button.role = 'menuitem';
      button.className = 'menu-item';
      button.textContent = `${checked ? '✓ ' : ''}${label}`;
      button.onclick = () => {
        menu.hidden = true;
        simulatorPage.realm?.chooseMenu(panelId, id);
      };
      return button;
    }),
  );
  menu.hidden = false;
}

async function openPicture(file: Blob): Promise<void> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 1024 / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const context = new OffscreenCanvas(width, height).getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  simulatorPage.newDocument(
    width,
    height,
    'RGBColorMode',
    8,
    raster(width, height, 4, new Uint8Array(data.buffer)),
  );
}

const actions: Readonly<Record<string, () => void>> = {
  new: () => {
    const [mode, depth] = find<HTMLSelectElement>('#mode').value.split(' ');
    const side = Number(find<HTMLSelectElement>('#side').value);
    simulatorPage.newDocument(side, side, mode, Number(depth) as 8 | 16 | 32);
  },
  open: () => find<HTMLInputElement>('#file').click(),
  report: () => find<HTMLInputElement>('#report-file').click(),
  close: () => simulatorPage.simulator.close(),
  deselect: () => {
    const open = simulatorPage.document;
    if (!open) return;
    open.selection = undefined;
    simulatorPage.simulator.tell('set');
  },
  undo: () => simulatorPage.simulator.undo(),
  reload: () => void simulatorPage.load(),
  record: () => {
    const { simulator } = simulatorPage;
    simulator.isRecording = !simulator.isRecording;
    if (simulator.isRecording) simulator.steps.length = 0;
    find('#record').textContent = simulator.isRecording ? 'Stop' : 'Record';
    find('#record').setAttribute('aria-pressed', String(simulator.isRecording));
  },
  play: () => void simulatorPage.playAction(),
  stop: () => simulatorPage.simulator.cancelAction(),
  busy: () => {
    const button = find('#busy');
    const isBusy = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(isBusy));
    simulatorPage.simulator.setBusy(isBusy);
  },
  toggle: () => {
    if (find('#dock').hasAttribute('hidden')) simulatorPage.openPanel();
    else simulatorPage.closePanel();
  },
  menu: showMenu,
};
for (const [id, action] of Object.entries(actions)) find<HTMLButtonElement>(`#${id}`).onclick = action;
const theme = find<HTMLSelectElement>('#theme');
theme.onchange = () => simulatorPage.setTheme(themes.find((one) => one === theme.value) ?? 'dark');
find<HTMLInputElement>('#file').onchange = ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (file) void openPicture(file);
};
find<HTMLInputElement>('#report-file').onchange = async ({ target }) => {
  const [file] = (target as HTMLInputElement).files ?? [];
  if (!file) return;
  await simulatorPage.doAs(JSON.parse(await file.text()) as SelfTestReport);
};

const simulatorPage = new SimulatorPage();
export type PhotoshopSimulatorPage = SimulatorPage;
Object.assign(globalThis, { simulatorPage });
simulatorPage.setTheme('dark');
void simulatorPage.load();
setInterval(() => simulatorPage.tick(), 50);
