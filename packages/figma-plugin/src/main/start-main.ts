import { maxPeople } from '@stable-pose/core/pose';
import { type FigmaEvent, readEcho } from '../messages/figma-messages.ts';
import { type Answers, serveCalls, type Wish } from '../messages/serve-calls.ts';
import { clientStore } from './client-store.ts';
import { describePlace } from './describe-place.ts';
import { exportPart } from './export-part.ts';
import type { Figma, NodeChangeEvent } from './figma.ts';
import { followLimbs } from './follow-limbs.ts';
import { bringBackFormer } from './former-pictures.ts';
import { describeFurther, placedAt } from './further.ts';
import { peopleOn } from './people-on.ts';
import { placeIntoFigma } from './place-pictures.ts';
import { type ReadSkeleton, readPeople } from './read-skeletons.ts';
import { restoreSkeletons } from './restore-skeletons.ts';
import { SelfTestScene } from './self-test-scene.ts';
import { outlineOf } from './shape-outline.ts';
import { partOf } from './skeleton-parts.ts';
import { inSlices, type Rest, type Steps, sandboxRest } from './slices.ts';
import { findPlace, selectedPlaces, type WorkPlace } from './work-place.ts';

/** How people started the plug-in: a menu item, a relaunch button, or the quick-action box with what they typed. */
export interface Start {
  readonly command?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The main half: answers the UI half's calls, tells it of events and keeps limbs at their joints. */
export function startMain(figma: Figma, start: Start = {}, rest: Rest = sandboxRest): void {
  const selfTest = new SelfTestScene(figma);
  const tell = serveCalls(answersOf(figma, selfTest, start, rest), {
    send: (message) => figma.ui.postMessage(message),
    receive: (listener) => {
      const own = (message: unknown) => listener(message);
      figma.ui.on('message', own);
      return () => figma.ui.off('message', own);
    },
  });
  figma.ui.on('message', (message: unknown) => {
    const echo = readEcho(message);
    if (echo) figma.ui.postMessage(echo);
  });
  figma.on('selectionchange', () => tell('selection'));
  figma.on('close', () => {
    tell('closing');
    void selfTest.end();
  });
  let leave = attend(figma, tell, rest);
  figma.on('currentpagechange', () => {
    leave();
    leave = attend(figma, tell, rest);
    tell('selection');
  });
}

/** Of changes that come together, so many are looked at in one go. */
const mostChanges = 200;

/** Follows the page that is shown; `documentchange` would need every page loaded. */
function attend(figma: Figma, tell: (event: FigmaEvent) => void, rest: Rest): () => void {
  const page = figma.currentPage;
  const stop = followLimbs(page, rest);
  const onChange = ({ nodeChanges }: NodeChangeEvent) => {
    // Of so many somebody may have been moved: the panel looks by itself, with rests.
    const isMany = nodeChanges.length > mostChanges;
    const isPosed =
      isMany ||
      nodeChanges.some((change) => {
        if (change.type === 'DELETE' || change.node.removed) return change.type === 'DELETE';
        // Skeletons are hidden for a moment while a frame is read.
        if (change.type === 'PROPERTY_CHANGE' && change.properties.every((one) => one === 'visible'))
          return false;
        return partOf(change.node) !== undefined;
      });
    if (isPosed) tell('poses');
  };
  page.on('nodechange', onChange);
  return () => {
    stop();
    page.off('nodechange', onChange);
  };
}

function answersOf(figma: Figma, selfTest: SelfTestScene, start: Start, rest: Rest): Answers {
  const store = clientStore(figma);
  let turn: Promise<unknown> = Promise.resolve();
  /** Exports hide and show again, and placing writes: one after the other. */
  const inTurn = <T>(target: string, wish: Wish, work: (place: WorkPlace) => T | Promise<T>): Promise<T> => {
    const next = async () => {
      wish.throwIfCancelled();
      return work(await findPlace(figma, target));
    };
    const result = turn.then(next, next);
    turn = result.catch(() => undefined);
    return result;
  };
  return {
    readSelection: async ({ target }) => {
      if (target !== undefined) return inSlices(describePlace(await findPlace(figma, target)), rest);
      const [first, ...others] = await inSlices(selectedPlaces(figma), rest);
      return inSlices(describePlace(first, others), rest);
    },
    exportPart: ({ target, part, scale }, wish) =>
      inTurn(target, wish, (place) => exportPart(place, part, scale, rest)),
    readOutline: async ({ target }) => outlineOf(await findPlace(figma, target)),
    readPoses: async ({ target }, wish) => {
      const read = await inSlices(skeletonsAt(await findPlace(figma, target)), rest, wish.throwIfCancelled);
      const standing = read.filter(({ isFlattened, pose }) => !isFlattened && pose !== undefined);
      const notes = ([] as string[]).concat(...read.map((one) => one.notes));
      if (standing.length > maxPeople) {
        notes.push(
          `${standing.length} people stand here, and a picture has at most ${maxPeople}: those in front are taken. Select others to have them.`,
        );
      }
      const taken = standing.slice(-maxPeople).map(({ pose }) => pose);
      return { poses: taken.filter((pose) => pose !== undefined), notes };
    },
    placePoses: async ({ target, poses, isVisible }, wish) => {
      await inTurn(target, wish, (place) =>
        inSlices(placeIntoFigma(figma, place, { pictures: [], poses: { poses, isVisible } }, wish), rest),
      );
      return undefined;
    },
    place: ({ target, ...wanted }, wish) =>
      inTurn(target, wish, (place) => inSlices(placeIntoFigma(figma, place, wanted, wish), rest)),
    readFurther: async ({ target }, wish) =>
      inSlices(describeFurther(await findPlace(figma, target)), rest, wish.throwIfCancelled),
    restoreSkeletons: ({ target }, wish) =>
      inTurn(target, wish, (place) => inSlices(restoreSkeletons(figma, place), rest)),
    bringBackFormer: ({ target }, wish) =>
      inTurn(target, wish, (place) => {
        const picture = placedAt(place);
        if (picture?.type !== 'RECTANGLE') return false;
        figma.commitUndo();
        const isBack = bringBackFormer(picture);
        figma.commitUndo();
        return isBack;
      }),
    readCommand: async () => ({
      command: start.command ?? '',
      pose: String(start.parameters?.pose ?? ''),
      view: String(start.parameters?.view ?? ''),
    }),
    testScene: async (given) => selfTest.open(given),
    testAct: async (given) => {
      await selfTest.act(given);
      return undefined;
    },
    testMain: () => selfTest.facts(),
    notify: async ({ text, isError }) => {
      figma.notify(text, { error: isError });
      return undefined;
    },
    openLink: async ({ url }) => {
      figma.openExternal(url);
      return undefined;
    },
    storeRead: ({ room, name }) => store.read(room, name),
    storeWrite: async ({ room, name, value }) => {
      await store.write(room, name, value);
      return undefined;
    },
    storeDelete: async ({ room, name }) => {
      await store.delete(room, name);
      return undefined;
    },
    storeNames: ({ room, prefix }) => store.names(room, prefix),
  };
}

/** Who stands at a place: the selected ones, or all on its canvas. */
function* skeletonsAt(place: WorkPlace): Steps<readonly ReadSkeleton[]> {
  if (place.kind === 'nothing') return [];
  const { canvas } = place;
  const people = place.kind === 'skeleton' ? place.nodes : yield* peopleOn(canvas);
  return yield* readPeople(people, canvas);
}
