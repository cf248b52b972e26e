import type { Pose } from '@stable-pose/core/pose';
import type { FigmaEvent } from '../messages/figma-messages.ts';
import { type Answers, serveCalls, type Wish } from '../messages/serve-calls.ts';
import { clientStore } from './client-store.ts';
import { describePlace } from './describe-place.ts';
import { exportPart } from './export-part.ts';
import type { Figma, NodeChangeEvent } from './figma.ts';
import { followLimbs } from './follow-limbs.ts';
import { placeIntoFigma } from './place-pictures.ts';
import { readSkeletons } from './read-skeletons.ts';
import { partOf } from './skeleton-parts.ts';
import { findPlace, selectedPlaces, type WorkPlace } from './work-place.ts';

/** The main half: answers the UI half's calls, tells it of events and keeps limbs at their joints. */
export function startMain(figma: Figma): void {
  const tell = serveCalls(answersOf(figma), {
    send: (message) => figma.ui.postMessage(message),
    receive: (listener) => {
      const own = (message: unknown) => listener(message);
      figma.ui.on('message', own);
      return () => figma.ui.off('message', own);
    },
  });
  figma.on('selectionchange', () => tell('selection'));
  figma.on('close', () => tell('closing'));
  let leave = attend(figma, tell);
  figma.on('currentpagechange', () => {
    leave();
    leave = attend(figma, tell);
    tell('selection');
  });
}

/** Follows the page that is shown; `documentchange` would need every page loaded. */
function attend(figma: Figma, tell: (event: FigmaEvent) => void): () => void {
  const page = figma.currentPage;
  const stop = followLimbs(page);
  const onChange = ({ nodeChanges }: NodeChangeEvent) => {
    const isPosed = nodeChanges.some((change) => {
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

function answersOf(figma: Figma): Answers {
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
      if (target !== undefined) return describePlace(await findPlace(figma, target));
      const [first, ...others] = selectedPlaces(figma);
      return describePlace(first, others);
    },
    exportPart: ({ target, part, scale }, wish) =>
      inTurn(target, wish, (place) => exportPart(place, part, scale)),
    readPoses: async ({ target }) => {
      const place = await findPlace(figma, target);
      if (place.kind === 'nothing') return { poses: [], notes: [] };
      const { canvas } = place;
      const nodes = place.kind === 'skeleton' ? place.nodes : [canvas];
      const poses: Pose[] = [];
      const notes: string[] = [];
      for (const node of nodes) {
        for (const skeleton of readSkeletons(node, { frame: canvas })) {
          if (skeleton.pose && !skeleton.isFlattened) poses.push(skeleton.pose);
          notes.push(...skeleton.notes);
        }
      }
      return { poses, notes };
    },
    placePoses: ({ target, poses, isVisible }, wish) =>
      inTurn(target, wish, (place) => {
        placeIntoFigma(figma, place, { pictures: [], poses: { poses, isVisible } }, wish);
        return undefined;
      }),
    place: ({ target, pictures, poses }, wish) =>
      inTurn(target, wish, (place) =>
        placeIntoFigma(figma, place, { pictures, ...(poses ? { poses } : {}) }, wish),
      ),
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
