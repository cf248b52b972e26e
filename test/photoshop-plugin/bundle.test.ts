import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { markedPicture, plainPicture, softEllipse } from '@stable-pose/sdk/testing';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkPackage,
  checkPictures,
  listingPictures,
} from '../../packages/photoshop-plugin/publishing/check.mjs';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { bridgedHost } from '../../packages/photoshop-plugin/src/bridge/bridged-host.ts';
import type { PanelCommand } from '../../packages/photoshop-plugin/src/bridge/panel-commands.ts';
import { shellText } from '../../packages/photoshop-plugin/src/text/shell-text.ts';
import { background } from './simulator/photoshop-bench.ts';
import { PhotoshopSimulator } from './simulator/photoshop-simulator.ts';
import { type UxpManifest, UxpRealm } from './simulator/uxp-realm.ts';
import { UxpSimulator } from './simulator/uxp-simulator.ts';

let out: string;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'photoshop-panel-'));
  await buildPanel(out, { withEngine: false });
});

afterAll(() => rm(out, { recursive: true, force: true }));

/** Runs the built shell with what UXP gives it and nothing else, and plays the page in its webview. */
async function startBuilt() {
  const simulator = new PhotoshopSimulator();
  const uxp = new UxpSimulator();
  const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8')) as UxpManifest;
  const listeners = new Set<(message: unknown) => void>();
  let send: (json: string) => void = () => undefined;
  const sources: string[] = [];
  const realm = new UxpRealm({
    manifest,
    simulator,
    uxp,
    openPage: (src, toShell) => {
      sources.push(src);
      send = toShell;
      return {
        receive: (json) => {
          for (const listener of [...listeners]) listener(JSON.parse(json));
        },
        close: () => listeners.clear(),
      };
    },
  });
  realm.run(await readFile(join(out, 'main.js'), 'utf8'));
  realm.openPanel('studio');
  await expect.poll(() => sources.length).toBe(1);
  const commands: PanelCommand[] = [];
  const host = await bridgedHost(
    {
      send: (message) => send(JSON.stringify(message)),
      receive: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    { settings: { place: 'device' }, blobs: { place: 'device' } },
    async (command, { onProgress, signal }) => {
      commands.push(command);
      onProgress?.(0.5, 'Halfway');
      if (command !== 'repose') return;
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(new StablePoseError('cancelled', 'Cancelled.')));
      });
    },
  );
  return { host, simulator, uxp, realm, sources, commands };
}

describe('the built panel', () => {
  it('opens the studio in a local webview and serves Photoshop to it', async () => {
    const { host, simulator, sources, realm } = await startBuilt();
    expect(sources).toEqual(['plugin:/studio/index.html']);
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
    expect(realm.longestMessage).toBeLessThan(8_000_000);
    expect(realm.failures).toEqual([]);
  });

  it('writes 2048 x 2048 pixels with a mask in one scope, each call once, with 100 MB of buffers and 8 MB a message at most', async () => {
    const { host, simulator, realm } = await startBuilt();
    const canvas = { width: 2048, height: 2048 };
    simulator.open({ canvas });
    const { target } = await host.readSelection();
    const area = { x: 0, y: 0, ...canvas };
    const pictures = [
      { picture: plainPicture(2048, 2048, [9, 99, 199]), mask: softEllipse(2048, 2048), area, name: 'Large' },
    ];
    await host.place({ target, undoName: 'Place', pictures });
    expect(simulator.progressNames).toEqual(['Place']);
    const calls = simulator.changes.filter((call) => !/^(hide|show|select|move)/.test(call));
    expect(calls).toEqual(['make layer', 'putPixels', 'putLayerMask', 'set generatorSettings']);
    expect(simulator.peakBytes).toBeLessThan(100e6);
    expect(simulator.liveBuffers).toBe(0);
    expect(realm.longestMessage).toBeLessThan(8e6);
  }, 120_000);

  it('has a menu in which choices are kept, in English and German', async () => {
    const { realm } = await startBuilt();
    const items = realm.menuOf('studio');
    expect(items.map(({ id }) => id)).toEqual([
      'generate',
      'repose',
      'poseFromLayer',
      'refineSelection',
      'line-1',
      'smartObject',
      'groupVariants',
      'line-2',
      'selfTest',
    ]);
    realm.chooseMenu('studio', 'smartObject');
    await expect.poll(() => items.find(({ id }) => id === 'smartObject')?.checked).toBe(true);
    realm.chooseMenu('studio', 'smartObject');
    await expect.poll(() => items.find(({ id }) => id === 'smartObject')?.checked).toBe(false);
    const german = Object.values(shellText('de_DE').commands);
    expect(new Set([...german, ...Object.values(shellText('en_US').commands)]).size).toBe(2 * german.length);
  });

  it('gives an Action that is recorded a step, which plays inside its scope, with progress and cancel', async () => {
    const { realm, simulator, commands } = await startBuilt();
    realm.runCommand('generate');
    await expect.poll(() => commands).toEqual(['generate']);
    expect(simulator.steps).toEqual([]);
    simulator.isRecording = true;
    realm.runCommand('generate');
    await expect.poll(() => simulator.steps.length).toBe(1);
    simulator.isRecording = false;
    const [step] = simulator.steps;
    await simulator.playStep(step, realm.stepFunction(step.methodName));
    expect(commands).toEqual(['generate', 'generate', 'generate']);
    expect(simulator.reports).toEqual(['Halfway']);
    const slow = { ...step, info: { command: 'repose' } };
    const playing = simulator.playStep(slow, realm.stepFunction(step.methodName));
    await expect.poll(() => commands.at(-1)).toBe('repose');
    simulator.cancelAction();
    await expect(playing).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says what to do when a command is chosen while the panel is closed', async () => {
    const { realm, simulator } = await startBuilt();
    realm.closePanel('studio');
    realm.runCommand('generate');
    await expect.poll(() => simulator.alerts.join()).toContain('Open the Stable-Pose panel');
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
      'icons/panel-dark.png',
      'icons/panel-dark@1x.png',
      'icons/panel-dark@2x.png',
      'icons/panel-light.png',
      'icons/panel-light@1x.png',
      'icons/panel-light@2x.png',
      'icons/plugin.png',
      'icons/plugin@1x.png',
      'icons/plugin@2x.png',
      'index.html',
      'main.js',
      'manifest.json',
      'studio/index.html',
      'studio/panel.js',
    ]);
  });

  it('passes what a machine can check of a review, and fails it where something is wrong', async () => {
    const ccx = await readFile(join(out, 'stable-pose.ccx'));
    expect(checkPackage(ccx)).toEqual([]);
    const files = unzipSync(ccx);
    const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json']));
    manifest.requiredPermissions.network = { domains: 'all' };
    manifest.version = '1.0';
    files['manifest.json'] = new TextEncoder().encode(JSON.stringify(manifest));
    files['icons/plugin@1x.png'] = files['icons/panel-dark@1x.png'];
    files['main.js.map'] = new Uint8Array(1);
    delete files['studio/panel.js'];
    const faults = checkPackage(zipSync(files)).join('\n');
    expect(faults).toContain('The version "1.0"');
    expect(faults).toContain('icons/plugin@1x.png is 23 x 23, and is to be 48 x 48');
    expect(faults).toContain('main.js.map does not belong');
    expect(faults).toContain('panel.js, which the package lacks');
    expect(faults).toContain('The permission network is not explained in "de"');
    expect(faults).toContain('The network is asked for whole.');
  });

  it('knows a rival in the listing from a word that begins like one', async () => {
    const ccx = await readFile(join(out, 'stable-pose.ccx'));
    const listing = JSON.parse(
      await readFile('packages/photoshop-plugin/publishing/listing.json', 'utf8'),
    ) as Record<string, unknown>;
    const faultsOf = (en: string) => checkPackage(ccx, { ...listing, subtitle: { en, de: en } });
    expect(faultsOf('People on your canvas')).toEqual([]);
    expect(faultsOf('Better than Canva')).toEqual(['The listing names another product.']);
  });

  it('has icons and screenshots for its listing, and says which are missing or have another size', () => {
    const pictures = listingPictures();
    expect(checkPictures(pictures)).toEqual([]);
    const icons = Object.fromEntries(Object.entries(pictures).filter(([name]) => name.startsWith('icon-')));
    expect(checkPictures(icons)).toEqual(['The listing has 0 screenshots, and is to have 1 to 5.']);
    const wrong = checkPictures({ ...pictures, 'shot.png': pictures['icon-48.png'] }).join();
    expect(wrong).toContain('shot.png is 48 x 48, and is to be 1360 x 800');
    expect(checkPictures({}).length).toBe(4);
  });
});
