// What the tests' page runs: the studio over the SDK's fake host and stub engine, both on `globalThis.page`.
import { StablePoseError } from '@stable-pose/core';
import { memoryStore } from '@stable-pose/sdk';
import { FakeHost, type FakeHostOptions, StubEngine, type StubEngineOptions } from '@stable-pose/sdk/testing';
import { type MountedStudio, mountStudio } from '@stable-pose/studio';

export interface MountOptions {
  readonly host?: FakeHostOptions;
  readonly engine?: StubEngineOptions;
  readonly language?: string;
  /** The engine fails to open. */
  readonly hasNoEngine?: boolean;
  /** Every write and read of storage fails. */
  readonly hasNoStorage?: boolean;
  /** Size of an open document; none when absent. */
  readonly document?: { readonly width: number; readonly height: number };
  /** As last time: the store lives as long as the page. */
  readonly keepsStore?: boolean;
}

const noStore = (): ReturnType<typeof memoryStore> => {
  const fail = async () => {
    throw new StablePoseError('storage-unavailable', 'The test gives no storage.');
  };
  return { place: 'memory', read: fail, write: fail, delete: fail, names: fail };
};

const place = document.getElementById('studio')!;
let kept = { settings: memoryStore({ place: 'device' }), blobs: memoryStore({ place: 'device' }) };

const page = {
  host: undefined as FakeHost | undefined,
  engine: undefined as StubEngine | undefined,
  studio: undefined as MountedStudio | undefined,
  async mount(options: MountOptions = {}) {
    await page.studio?.unmount();
    if (!options.keepsStore) {
      kept = { settings: memoryStore({ place: 'device' }), blobs: memoryStore({ place: 'device' }) };
    }
    const storage = options.hasNoStorage ? { settings: noStore(), blobs: noStore() } : kept;
    page.host = new FakeHost({ name: 'Editor', storage, ...options.host });
    page.engine = new StubEngine({ nativeSide: 256, ...options.engine });
    if (options.document) page.host.open({ canvas: options.document });
    const engine = options.hasNoEngine
      ? Promise.reject(new StablePoseError('device-unavailable', 'This page has no device.'))
      : page.engine;
    page.studio = mountStudio(place, { host: page.host, engine, language: options.language ?? 'en' });
  },
};

export type StudioTestPage = typeof page;
Object.assign(globalThis, { page });
