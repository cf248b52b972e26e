import {
  type CheckOutcome,
  hostChecks,
  plainPicture,
  runConformance,
  standingPose,
} from '@stable-pose/sdk/testing';
import { hostError } from '../host/change-document.ts';
import { layerReference, readLayerSettings, writeLayerSetting } from '../host/layer-settings.ts';
import type { PhotoshopHost } from '../host/photoshop-host.ts';
import { activeShapePath, circleCommands } from '../skeleton/shape-commands.ts';
import { pathMiddle } from '../skeleton/shape-path.ts';
import { runningBench } from './photoshop-bench.ts';
import type { TestDocument, TestPhotoshop } from './test-photoshop.ts';

/** What a run of Photoshop answered. Plain JSON; what could not be asked says why. */
export interface HostReport {
  readonly version: string;
  readonly conformance: readonly CheckOutcome[];
  /** What UXP's engine has. */
  readonly engine: Readonly<Record<string, boolean>>;
  readonly answers: Readonly<Record<HostQuestion, Answer>>;
}

export const hostQuestions = [
  'settingsRoundTrip',
  'pathUnit',
  'shapePlace',
  'emptyPartError',
  'layerBesideGroup',
  'channelsKept',
  'resultsAfterError',
  'readingMs',
  'placingMs',
] as const;
export type HostQuestion = (typeof hostQuestions)[number];
export type Answer =
  | { readonly value: string | number | boolean | readonly number[] }
  | { readonly error: string };

/** How the answer to `emptyPartError` begins where there was none. */
export const noError = 'no error';

/** Needs a person's click: Photoshop tells nobody of what happens inside a modal scope. */
const silent = 'H44';

/** The conformance suite and the open questions, in the running Photoshop, in documents of their own. */
export async function testHost(
  photoshop: TestPhotoshop,
  host: PhotoshopHost,
  version: string,
): Promise<HostReport> {
  const answers = {} as Record<HostQuestion, Answer>;
  for (const question of hostQuestions) {
    answers[question] = await answerTo(photoshop, host, question);
  }
  const asked = hostChecks.map((check) =>
    check.rule === silent
      ? { ...check, skip: () => 'What a script selects is silent: it needs a person.' }
      : check,
  );
  const conformance = await runConformance(asked, () => runningBench(photoshop, host));
  return { version, conformance, engine: engineFacts(), answers };
}

async function answerTo(
  photoshop: TestPhotoshop,
  host: PhotoshopHost,
  question: HostQuestion,
): Promise<Answer> {
  const bench = runningBench(photoshop, host);
  try {
    await bench.open({
      canvas: { width: 200, height: 160 },
      picture: plainPicture(200, 160, [90, 120, 150]),
    });
    const document = photoshop.app.activeDocument as TestDocument;
    return { value: await questions[question]({ photoshop, host, document }) };
  } catch (error) {
    return { error: hostError(error).message };
  } finally {
    await bench.dispose?.();
  }
}

interface Asked {
  readonly photoshop: TestPhotoshop;
  readonly host: PhotoshopHost;
  readonly document: TestDocument;
}

const modal = <T>({ photoshop }: Asked, work: () => Promise<T>): Promise<T> =>
  photoshop.core.executeAsModal(work, { commandName: 'Test Stable-Pose' });

/** Between pixels, so that a shape that snaps to the grid is seen to. */
const between = [50.25, 40.625] as const;

const questions: Readonly<
  Record<HostQuestion, (asked: Asked) => Promise<string | number | boolean | readonly number[]>>
> = {
  settingsRoundTrip: async (asked) => {
    const { photoshop, document } = asked;
    const place = { documentId: document.id, layerId: document.layers[0].id };
    const text = JSON.stringify({ letters: 'äß€"\\', number: 0.1 });
    await modal(asked, () => writeLayerSetting(photoshop.action, place, 'stablePoseTest', text));
    const [back] = await readLayerSettings(photoshop.action, [place], 'stablePoseTest');
    return back === text;
  },
  pathUnit: async (asked) => {
    const [path] = await drawCircle(asked);
    return /"_unit":"(\w+)"/.exec(JSON.stringify(path?.pathContents ?? ''))?.[1] ?? 'none';
  },
  shapePlace: async (asked) => {
    const [path] = await drawCircle(asked);
    const middle = pathMiddle(path, asked.document.resolution);
    if (!middle) throw new Error('A shape has no path.');
    return [middle[0] - between[0], middle[1] - between[1]];
  },
  emptyPartError: async (asked) => {
    const { photoshop, document } = asked;
    const layer = await modal(asked, () => document.createPixelLayer({ name: 'Empty' }));
    if (!layer) throw new Error('Photoshop made no layer.');
    try {
      const { imageData } = await photoshop.imaging.getPixels({
        documentID: document.id,
        layerID: layer.id,
        sourceBounds: { left: 0, top: 0, right: 20, bottom: 20 },
      });
      const { width, height } = imageData;
      imageData.dispose();
      return `${noError}: ${width} x ${height}`;
    } catch (error) {
      return hostError(error).message;
    }
  },
  layerBesideGroup: async (asked) => {
    const { host, document, photoshop } = asked;
    await host.placePoses(`d${document.id}`, [standingPose({ x: 10, y: 8, width: 50, height: 95 })]);
    const group = document.layers.find(({ kind }) => kind === 'group');
    if (!group) throw new Error('There is no group of a skeleton.');
    await modal(asked, () =>
      photoshop.action.batchPlay(
        [{ _obj: 'select', _target: layerReference({ documentId: document.id, layerId: group.id }) }],
        {},
      ),
    );
    const layer = await modal(asked, () => document.createPixelLayer({ name: 'Beside' }));
    return layer?.parent?.id === group.id ? 'inside' : 'beside';
  },
  channelsKept: async (asked) => {
    const { host, document } = asked;
    const [first] = document.activeChannels;
    if (!first) throw new Error('Photoshop names no channels.');
    await modal(asked, async () => {
      document.activeChannels = [first];
    });
    const area = { x: 0, y: 0, width: 20, height: 20 };
    const picture = plainPicture(20, 20, [1, 2, 3]);
    await host.place({
      target: `d${document.id}`,
      undoName: 'Place',
      pictures: [{ picture, area, name: 'Small' }],
    });
    const now = document.activeChannels.map(({ name }) => name);
    return now.length === 1 && now[0] === first.name;
  },
  /** Of three commands, the second of which fails, without `continueOnError`. */
  resultsAfterError: async ({ photoshop, document }) => {
    const [{ id }] = document.layers;
    const get = (layerId: number) => ({
      _obj: 'get',
      _target: [{ _property: 'layerID' }, ...layerReference({ documentId: document.id, layerId })],
    });
    return (await photoshop.action.batchPlay([get(id), get(-1), get(id)], {})).length;
  },
  readingMs: async ({ host, document }) => {
    const begin = Date.now();
    await host.readSelection();
    await host.readPixels(`d${document.id}`, { area: { x: 0, y: 0, width: 200, height: 160 } });
    return Date.now() - begin;
  },
  placingMs: async ({ host, document }) => {
    const begin = Date.now();
    const area = { x: 0, y: 0, width: 2048, height: 2048 };
    const picture = plainPicture(2048, 2048, [200, 100, 50]);
    await host.place({
      target: `d${document.id}`,
      undoName: 'Place',
      pictures: [{ picture, area, name: 'Large' }],
    });
    return Date.now() - begin;
  },
};

async function drawCircle(asked: Asked) {
  const { photoshop } = asked;
  const commands = [...circleCommands({ name: 'Circle', colour: [255, 0, 0] }, between, 5), activeShapePath];
  const results = await modal(asked, () => photoshop.action.batchPlay(commands, {}));
  return [results[results.length - 1]];
}

function engineFacts(): Readonly<Record<string, boolean>> {
  const names = [
    'AbortController',
    'atob',
    'btoa',
    'TextEncoder',
    'TextDecoder',
    'WebAssembly',
    'structuredClone',
  ];
  return Object.fromEntries(names.map((name) => [name, name in globalThis]));
}
