import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import vm from 'node:vm';
import { markedPicture } from '@stable-pose/sdk/testing';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { bridgedHost } from '../../packages/photoshop-plugin/src/bridge/bridged-host.ts';
import { background } from './simulator/photoshop-bench.ts';
import { PhotoshopSimulator } from './simulator/photoshop-simulator.ts';
import { UxpSimulator } from './simulator/uxp-simulator.ts';

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'photoshop-panel-'));
  await buildPanel(out, { withEngine: false });
});

afterAll(() => rm(out, { recursive: true, force: true }));

type Listener = (message: unknown) => void;
type Create = (root: { appendChild(child: unknown): void }) => void;

/** Runs the built shell with what UXP gives it and nothing else, and plays the page in its webview. */
async function startBuilt() {
  const simulator = new PhotoshopSimulator();
  const uxp = new UxpSimulator();
  const toShell = new Set<(message: { data: unknown }) => void>();
  const toPage = new Set<Listener>();
  const attributes: Record<string, string> = {};
  let create: Create | undefined;
  const webview = {
    style: {},
    setAttribute: (name: string, value: string) => {
      attributes[name] = value;
    },
    postMessage: (message: unknown) => {
      const text = JSON.stringify(message);
      setTimeout(() => {
        for (const listener of toPage) listener(JSON.parse(text));
      }, 0);
    },
  };
  const modules: Record<string, unknown> = {
    photoshop: simulator.photoshop,
    uxp: {
      storage: uxp.storage,
      shell: uxp.shell,
      host: { version: '27.4.0' },
      entrypoints: {
        setup: ({ panels }: { panels: { studio: { create: Create } } }) => {
          create = panels.studio.create;
        },
      },
    },
  };
  const window = {
    addEventListener: (_: string, listener: (message: { data: unknown }) => void) =>
      void toShell.add(listener),
    removeEventListener: (_: string, listener: (message: { data: unknown }) => void) =>
      void toShell.delete(listener),
  };
  const document = { createElement: () => webview, theme: uxp.themes };
  // As in UXP, typed arrays are the realm's own: the host's results must not depend on this one's.
  const scope = {
    console,
    setTimeout,
    clearTimeout,
    atob,
    btoa,
    AbortController,
    Uint8Array,
    Uint16Array,
    Float32Array,
    window,
    document,
    require: (name: string) => {
      if (!(name in modules)) throw new Error(`UXP has no module "${name}".`);
      return modules[name];
    },
  };
  vm.runInNewContext(await readFile(join(out, 'main.js'), 'utf8'), scope);
  create?.({ appendChild: () => undefined });
  const host = await bridgedHost(
    {
      send: (message) => {
        const text = JSON.stringify(message);
        setTimeout(() => {
          for (const listener of toShell) listener({ data: JSON.parse(text) });
        }, 0);
      },
      receive: (listener) => {
        toPage.add(listener);
        return () => toPage.delete(listener);
      },
    },
    { settings: { place: 'device' }, blobs: { place: 'device' } },
  );
  return { host, simulator, attributes };
}

describe('the built panel', () => {
  it('opens the studio in a local webview and serves Photoshop to it', async () => {
    const { host, simulator, attributes } = await startBuilt();
    expect(attributes.src).toBe('plugin:/studio/index.html');
    expect(host.info.version).toBe('27.4.0');
    const canvas = { width: 40, height: 30 };
    simulator.open({ canvas, background: background(markedPicture(40, 30), 'RGBColorMode', 8) });
    const { target } = await host.readSelection();
    const area = { x: 4, y: 5, width: 20, height: 10 };
    const picture = markedPicture(20, 10);
    await host.place({ target, undoName: 'Pose people', pictures: [{ picture, area, name: 'People' }] });
    const seen = await host.readPixels(target, { area });
    expect(Array.from(seen.data.slice(0, 3))).toEqual(Array.from(picture.data.slice(0, 3)));
    expect(simulator.document.history.map(({ name }) => name)).toEqual(['Pose people']);
    expect(simulator.liveBuffers).toBe(0);
  });

  it('asks for nothing but files that people pick, https links and its own local page', async () => {
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(manifest.manifestVersion).toBe(5);
    expect(manifest.host).toEqual({ app: 'PS', minVersion: '26.0.0' });
    expect(Object.keys(manifest.requiredPermissions).sort()).toEqual([
      'launchProcess',
      'localFileSystem',
      'webview',
    ]);
    expect(manifest.requiredPermissions.webview.enableMessageBridge).toBe('localOnly');
  });

  it('has everything that the manifest and the pages name in its package', async () => {
    const files = Object.keys(unzipSync(await readFile(join(out, 'stable-pose.ccx')))).sort();
    expect(files).toEqual([
      'LICENSE',
      'index.html',
      'main.js',
      'manifest.json',
      'studio/index.html',
      'studio/panel.js',
    ]);
  });
});
