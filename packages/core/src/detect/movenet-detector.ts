import type { PoseNetworkSource } from '../contract/index.ts';
import { StablePoseError, throwIfCancelled } from '../errors.ts';
import { type Raster, type Rectangle, withChannels } from '../image/index.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import { extentOf, type Finding, findPeople, refine, tuning } from './find-people.ts';
import { neutralPose } from './neutral-pose.ts';
import type { DetectedPerson, DetectOptions, PoseDetector } from './pose-detector.ts';
import { PoseFinder } from './pose-finder.ts';
import { boundsOf, squareAround } from './square-region.ts';

/** What `createMoveNetDetector` is given. */
export interface MoveNetDetectorOptions {
  /** Stays with whoever made it. */
  readonly runtime: GraphRuntime;
  readonly network: PoseNetworkSource;
}

const defaultMaxPeople = 10;

/**
 * A detector that runs a pose network for one person (MoveNet) on squares of a picture: around a given box, and again around
 * what was found there; or, unaided, wherever the network sees the centre of somebody. The graph is loaded at the first
 * picture and stays until `dispose`.
 */
export function createMoveNetDetector({ runtime, network }: MoveNetDetectorOptions): PoseDetector {
  let loading: Promise<PoseFinder> | undefined;
  let unload: (() => Promise<void>) | undefined;
  let isDisposed = false;

  const finder = (): Promise<PoseFinder> => {
    if (isDisposed) throw new StablePoseError('internal', 'The pose detector was disposed and then used.');
    // Loaded without the caller's signal: others may wait for the same graph.
    loading ??= runtime.load(network.graph).then(
      (graph) => {
        unload = () => graph.dispose();
        return new PoseFinder(network, graph);
      },
      (error) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };

  return {
    async detect(picture, options: DetectOptions = {}) {
      const { boxes, maxPeople = defaultMaxPeople, signal } = options;
      throwIfCancelled(signal);
      for (const box of boxes ?? []) checkBox(box);
      const colour = withChannels(picture, 3);
      const network = await finder();
      throwIfCancelled(signal);
      if (boxes === undefined) {
        const people = await findPeople(network, colour, { most: maxPeople, signal });
        return people.map(told).sort((a, b) => middle(a) - middle(b));
      }
      const people: DetectedPerson[] = [];
      for (const box of boxes) {
        const found = await findInBox(network, colour, box, signal);
        people.push(found.score >= tuning.leastScore ? told(found) : guess(box));
      }
      return people;
    },
    async dispose() {
      isDisposed = true;
      await loading?.catch(() => {});
      await unload?.();
      unload = undefined;
    },
  };
}

/** The person in the middle of a box, looked at twice. */
async function findInBox(
  finder: PoseFinder,
  picture: Raster,
  box: Rectangle,
  signal?: AbortSignal,
): Promise<Finding> {
  const region = squareAround(boundsOf(box), tuning.boxMargin);
  const { pose, score } = await finder.look(picture, region, { signal });
  return refine(finder, picture, { pose, score }, signal);
}

function told({ pose, score }: Finding): DetectedPerson {
  const { left, top, right, bottom } = extentOf(pose);
  const [x, y] = [Math.floor(left), Math.floor(top)];
  const box = { x, y, width: Math.max(1, Math.ceil(right) - x), height: Math.max(1, Math.ceil(bottom) - y) };
  return { pose, box, score, isGuess: false };
}

function guess(box: Rectangle): DetectedPerson {
  return { pose: neutralPose(box), box, score: 0, isGuess: true };
}

function middle({ box }: DetectedPerson): number {
  return box.x + box.width / 2;
}

function checkBox(box: Rectangle): void {
  const { x, y, width, height } = box;
  if ([x, y, width, height].every(Number.isFinite) && width > 0 && height > 0) return;
  throw new StablePoseError(
    'invalid-pose',
    `A person's box needs a width and a height above 0, got ${width} x ${height} at (${x}, ${y}).`,
    { remedy: 'Draw the box around the person.', details: { x, y, width, height } },
  );
}
