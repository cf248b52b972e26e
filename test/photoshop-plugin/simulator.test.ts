import { describe, expect, it, vi } from 'vitest';
import type { TestDocument } from '../../packages/photoshop-plugin/src/test-host/test-photoshop.ts';
import { PhotoshopSimulator } from './simulator/photoshop-simulator.ts';
import { type DocumentationPage, documentation } from './simulator/refusals.ts';
import { type UxpManifest, UxpRealm } from './simulator/uxp-realm.ts';
import { UxpSimulator } from './simulator/uxp-simulator.ts';

const grey = { width: 2, height: 2, components: 1, colorSpace: 'Grayscale', colorProfile: '' } as const;
const rgb = { width: 2, height: 2, components: 3, colorSpace: 'RGB', colorProfile: '' } as const;

/** A simulator with an open document of one layer. */
function started() {
  const simulator = new PhotoshopSimulator();
  const background = { width: 8, height: 8, components: 3, hasAlpha: false, data: new Uint8Array(192) };
  const { id } = simulator.open({ canvas: { width: 8, height: 8 }, background });
  const { app, core, action, imaging } = simulator.photoshop;
  const document = app.activeDocument as TestDocument;
  const [layer] = document.layers;
  const modal = <T>(work: () => Promise<T>) => core.executeAsModal(work, { commandName: 'Test' });
  const place = { documentID: id, layerID: layer.id, targetBounds: { left: 0, top: 0 } };
  return { simulator, app, core, action, imaging, document, layer, modal, id, place };
}
type Started = ReturnType<typeof started>;

/** What is done wrong, and the page that forbids it. */
const wrongs: readonly (readonly [string, DocumentationPage, (given: Started) => unknown])[] = [
  ['a change outside of a modal scope', 'modal', ({ document }) => document.createPixelLayer({ name: 'A' })],
  ['a property set outside of one', 'modal', ({ layer }) => Object.assign(layer, { visible: false })],
  ['a scope without a name', 'modal', ({ core }) => core.executeAsModal(async () => 0, { commandName: '' })],
  [
    'a scope while another plug-in has one',
    'modal',
    ({ simulator, core }) => {
      simulator.setBusy(true);
      return core.executeAsModal(async () => 0, { commandName: 'A', timeOut: 0 });
    },
  ],
  [
    'a command after the person cancelled',
    'modal',
    ({ simulator, action, modal }) => {
      simulator.cancelNextScope();
      return modal(() => action.batchPlay([{ _obj: 'get', _target: [{ _property: 'layerID' }] }], {}));
    },
  ],
  [
    'progress beyond its end',
    'modal',
    ({ core }) =>
      core.executeAsModal(async (context) => context.reportProgress({ value: 2, commandName: '' }), {
        commandName: 'A',
      }),
  ],
  [
    'pixels from beyond the layer',
    'imaging',
    ({ imaging, id }) =>
      imaging.getPixels({ documentID: id, sourceBounds: { left: -1, top: 0, right: 4, bottom: 4 } }),
  ],
  [
    'a buffer of another length',
    'imaging',
    ({ imaging }) => imaging.createImageDataFromBuffer(new Uint8Array(3), grey),
  ],
  [
    '16 bits above 32768',
    'imaging',
    ({ imaging }) => imaging.createImageDataFromBuffer(new Uint16Array(4).fill(40_000), grey),
  ],
  [
    'data that were disposed',
    'imaging',
    async ({ imaging }) => {
      const data = await imaging.createImageDataFromBuffer(new Uint8Array(4), grey);
      data.dispose();
      await data.getData();
    },
  ],
  [
    'a mask in colours',
    'imaging',
    async ({ imaging, modal, place }) => {
      const imageData = await imaging.createImageDataFromBuffer(new Uint8Array(12), rgb);
      await modal(() => imaging.putLayerMask({ ...place, imageData }));
    },
  ],
  [
    'a selection in colours',
    'imaging',
    async ({ imaging, modal, place }) => {
      const imageData = await imaging.createImageDataFromBuffer(new Uint8Array(12), rgb);
      await modal(() => imaging.putSelection({ ...place, imageData }));
    },
  ],
  [
    'pixels into a group',
    'imaging',
    async ({ imaging, modal, place, document, layer }) => {
      const imageData = await imaging.createImageDataFromBuffer(new Uint8Array(12), rgb);
      await modal(async () => {
        const group = await document.createLayerGroup({ name: 'Group', fromLayers: [layer] });
        await imaging.putPixels({ ...place, layerID: group?.id ?? -1, imageData });
      });
    },
  ],
  [
    'a recorded step without info',
    'actions',
    ({ action }) => action.recordAction({ name: 'A', methodName: 'a' }, undefined as never),
  ],
];

const manifest: UxpManifest = {
  manifestVersion: 5,
  name: 'Test',
  main: 'index.html',
  entrypoints: [{ type: 'panel', id: 'panel', label: { default: 'Panel' } }],
};

function realmOf(more: Partial<UxpManifest> = {}) {
  return new UxpRealm({
    manifest: { ...manifest, ...more },
    simulator: new PhotoshopSimulator(),
    uxp: new UxpSimulator(),
    openPage: () => ({ receive: () => undefined, close: () => undefined }),
  });
}

const setup = (panels: string, plugin = '{ create() {} }') =>
  `require('uxp').entrypoints.setup({ plugin: ${plugin}, panels: ${panels} });`;
const webview = "const page = document.createElement('webview');";
const local = { requiredPermissions: { webview: { allow: 'yes' } } } as const;
const wrongScripts: readonly (readonly [string, DocumentationPage, string, Partial<UxpManifest>?])[] = [
  ['a panel that the manifest does not name', 'entrypoints', setup('{ other: { create() {} } }')],
  ['a plug-in without create', 'entrypoints', setup('{ panel: { create() {} } }', '{}')],
  [
    'a second setup',
    'entrypoints',
    `${setup('{ panel: { create() {} } }')}${setup('{ panel: { create() {} } }')}`,
  ],
  ['a webview without permission', 'webview', webview],
  [
    'a local page without permission',
    'webview',
    `${webview} page.setAttribute('src', 'plugin:/a.html')`,
    local,
  ],
  ['a file as a page', 'webview', `${webview} page.setAttribute('src', 'file:///a.html')`, local],
  ['a message without a bridge', 'webview', `${webview} page.postMessage(1)`, local],
];

describe('what the simulator refuses', () => {
  for (const [what, page, act] of wrongs) {
    it(`is ${what}, by the page of ${page}`, async () => {
      const given = started();
      await expect((async () => act(given))()).rejects.toThrow(documentation[page]);
    });
  }

  for (const [what, page, code, more] of wrongScripts) {
    it(`is ${what}, by the page of ${page}`, () => {
      expect(() => realmOf(more).run(code)).toThrow(documentation[page]);
    });
  }

  it('is a file of people and a link, where the manifest allows none, by its page', async () => {
    const realm = realmOf();
    const uxp = realm.require('uxp') as {
      storage: { localFileSystem: { getFileForSaving(name: string): Promise<unknown> } };
      shell: { openExternal(url: string): Promise<unknown> };
    };
    const page = documentation.manifest;
    await expect(uxp.storage.localFileSystem.getFileForSaving('a')).rejects.toThrow(page);
    await expect(uxp.shell.openExternal('https://a.example')).rejects.toThrow(page);
  });

  it('is an entry point that takes its time', () => {
    const realm = realmOf();
    let now = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
    const uxp = realm.require('uxp') as { entrypoints: { setup(entries: unknown): void } };
    const create = () => {
      now += 301;
    };
    uxp.entrypoints.setup({ plugin: { create }, panels: { panel: { create: () => undefined } } });
    clock.mockRestore();
    expect(realm.failures).toEqual(['create of the plug-in took 301 ms, 300 at most.']);
  });

  it('is a file that is there already, by the pages of the storage', async () => {
    const { storage } = new UxpSimulator();
    const data = await storage.localFileSystem.getDataFolder();
    await data.createFile('Name', { overwrite: false });
    await expect(data.createFile('name', { overwrite: false })).rejects.toThrow(documentation.folder);
    const other = await data.createFile('other', { overwrite: false });
    await expect(other.moveTo(data, { newName: 'name', overwrite: false })).rejects.toThrow(
      documentation.file,
    );
  });

  it('carries error 9 where another plug-in is modal', async () => {
    const { simulator, core } = started();
    simulator.setBusy(true);
    const work = core.executeAsModal(async () => 0, { commandName: 'A', timeOut: 0 });
    await expect(work).rejects.toMatchObject({ number: 9 });
  });

  it('is said to be not simulated where it simply does not have it', () => {
    const { app, core, document, layer } = started();
    const unknown = (object: object, member: string) => () => Reflect.get(object, member, object);
    expect(unknown(core, 'getGPUInfo')).toThrow('not simulated: photoshop.core.getGPUInfo');
    expect(unknown(app, 'fonts')).toThrow('not simulated: photoshop.app.fonts');
    expect(unknown(document, 'crop')).toThrow('not simulated: document.crop');
    expect(unknown(layer, 'opacity')).toThrow('not simulated: layer.opacity');
    for (const code of ["require('fs')", "require('uxp').dialog", 'fetch', "document.createElement('div')"]) {
      expect(() => realmOf().run(`(${code});`)).toThrow('not simulated');
    }
  });
});

describe('the simulator does as the pages say', () => {
  it('stops a batch at the first command that fails, unless told to go on', async () => {
    const { action, id, layer } = started();
    const get = (layerId: number) => ({
      _obj: 'get',
      _target: [{ _property: 'layerID' }, { _ref: 'layer', _id: layerId }, { _ref: 'document', _id: id }],
    });
    const commands = [get(999), get(layer.id)];
    expect((await action.batchPlay(commands, {})).length).toBe(1);
    const all = await action.batchPlay(commands, { continueOnError: true });
    expect(all.map((result) => result._obj ?? result.layerID)).toEqual(['error', layer.id]);
  });

  it('tells listeners of the events that they asked for, and of none inside a scope', async () => {
    const { simulator, action, modal, document } = started();
    const told: string[] = [];
    await action.addNotificationListener(['select'], (event) => void told.push(event));
    simulator.tell('close');
    await modal(async () => {
      await document.createPixelLayer({ name: 'A' });
      simulator.tell('select');
    });
    simulator.selectLayers(document.layers[0].id);
    await expect.poll(() => told).toEqual(['select']);
  });
});
