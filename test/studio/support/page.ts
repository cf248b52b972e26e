// What the tests' page runs: the studio over the SDK's fake host and stub engine, both on `globalThis.page`.
import {
  type ErrorCode,
  type Keypoint,
  keypointSimilarity,
  limbsOff,
  type Pose,
  type Rectangle,
  StablePoseError,
} from '@stable-pose/core';
import { memoryStore } from '@stable-pose/sdk';
import { FakeHost, type FakeHostOptions, StubEngine, type StubEngineOptions } from '@stable-pose/sdk/testing';
import { openWebModelStore } from '@stable-pose/sdk/web';
import { type MountedStudio, mountStudio } from '@stable-pose/studio';

export interface MountOptions {
  readonly host?: FakeHostOptions;
  readonly engine?: StubEngineOptions;
  readonly language?: string;
  /** The engine fails to open. */
  readonly hasNoEngine?: boolean;
  /** The panel is mounted without one: people choose a server. */
  readonly hasNoOwnEngine?: boolean;
  /** The engine has the processor alone. */
  readonly isFasterAtServer?: boolean;
  /** Every write and read of storage fails. */
  readonly hasNoStorage?: boolean;
  /** The engine finds people only in boxes that it is given. */
  readonly findsInBoxesAlone?: boolean;
  /** In every picture the left wrist of the first person is found far away from where it was asked. */
  readonly bendsArms?: boolean;
  /** The engine keeps models in this browser, as the one of a page does; named, so that tests have one each. */
  readonly store?: string;
  /** Storage has room for so many bytes. */
  readonly storeBytes?: number;
  /** LoRAs that the model came with. */
  readonly loras?: readonly string[];
  /** Size of an open document; none when absent. */
  readonly document?: { readonly width: number; readonly height: number };
  /** What is selected of it; all of it when absent. */
  readonly selected?: Rectangle;
  /** As last time: the store lives as long as the page. */
  readonly keepsStore?: boolean;
}

const noStore = (): ReturnType<typeof memoryStore> => {
  const fail = async () => {
    throw new StablePoseError('storage-unavailable', 'The test gives no storage.');
  };
  return { place: 'memory', read: fail, write: fail, delete: fail, names: fail };
};

function findInBoxesAlone(engine: StubEngine): void {
  const detect = engine.detectPose.bind(engine);
  engine.detectPose = async (picture, options) => (options?.boxes ? detect(picture, options) : []);
}

function bendArms(engine: StubEngine): void {
  const generate = engine.generate.bind(engine);
  engine.generate = async (request, options) => {
    const result = await generate(request, options);
    const pictures = result.pictures.map((picture) => {
      const [asked] = picture.request.poses as readonly Pose[];
      if (!picture.score || !asked) return picture;
      const keypoints = asked.keypoints.map((keypoint, i): Keypoint => (i === 9 ? [20, 200, 1] : keypoint));
      const found = { keypoints };
      const similarity = keypointSimilarity(found, asked);
      const people = [{ person: 0, similarity, found, limbsOff: limbsOff(found, asked) }];
      return { ...picture, score: { similarity, people } };
    });
    return { ...result, pictures };
  };
}

async function keepModels(engine: StubEngine, name: string): Promise<void> {
  const store = await openWebModelStore({ name });
  const models = engine.models.bind(engine);
  Object.assign(engine, { store });
  engine.models = async () => {
    const [own] = await models();
    const stored = (await store.list()).filter(({ isComplete, kind }) => isComplete && kind !== 'adapter');
    return [own, ...stored.map(({ id, name }) => ({ ...own, id, config: { ...own.config, name } }))];
  };
}

function haveLoras(engine: StubEngine, loras: readonly string[]): void {
  const models = engine.models.bind(engine);
  engine.models = async () => (await models()).map((model) => ({ ...model, loras }));
}

function describeAsSlow(engine: StubEngine): void {
  const describe = engine.describe.bind(engine);
  engine.describe = async () => ({ ...(await describe()), isFasterAtServer: true });
}

const place = document.getElementById('studio')!;
let kept = { settings: memoryStore({ place: 'device' }), blobs: memoryStore({ place: 'device' }) };

const page = {
  host: undefined as FakeHost | undefined,
  engine: undefined as StubEngine | undefined,
  studio: undefined as MountedStudio | undefined,
  /** The next picture is not made. */
  failNext(code: ErrorCode): void {
    page.engine?.failNext(new StablePoseError(code, 'It went wrong on purpose.'));
  },
  /** What lies in the settings under a name. */
  async setting(name: string): Promise<string | undefined> {
    const bytes = await kept.settings.read(name);
    return bytes && new TextDecoder().decode(bytes);
  },
  async mount(options: MountOptions = {}) {
    await page.studio?.unmount();
    if (!options.keepsStore) {
      kept = { settings: memoryStore({ place: 'device' }), blobs: memoryStore({ place: 'device' }) };
    }
    if (options.storeBytes) {
      const blobs = memoryStore({ place: 'device', totalBytes: options.storeBytes });
      kept = { settings: memoryStore({ place: 'device' }), blobs: { ...blobs, totalBytes: undefined } };
    }
    const storage = options.hasNoStorage ? { settings: noStore(), blobs: noStore() } : kept;
    page.host = new FakeHost({ name: 'Editor', storage, ...options.host });
    page.engine = new StubEngine({ nativeSide: 256, ...options.engine });
    if (options.findsInBoxesAlone) findInBoxesAlone(page.engine);
    if (options.bendsArms) bendArms(page.engine);
    if (options.store) await keepModels(page.engine, options.store);
    if (options.isFasterAtServer) describeAsSlow(page.engine);
    if (options.loras) haveLoras(page.engine, options.loras);
    if (options.document) page.host.open({ canvas: options.document });
    if (options.selected) page.host.select({ kind: 'area', area: options.selected });
    const own = options.hasNoEngine
      ? Promise.reject(new StablePoseError('device-unavailable', 'This page has no device.'))
      : page.engine;
    const engine = options.hasNoOwnEngine ? undefined : own;
    page.studio = mountStudio(place, { host: page.host, engine, language: options.language ?? 'en' });
  },
};

export type StudioTestPage = typeof page;
Object.assign(globalThis, { page });
