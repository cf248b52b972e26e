import type { Pose, PoseDetector, Raster, Rectangle } from '@stable-pose/core';
import type { MetricKeypoints } from '../metrics/pose-set.ts';

/** A pose detector as a measure. */
export interface Ruler {
  /** "movenet", "own": its key in reports. */
  readonly name: string;
  readonly detector: PoseDetector;
}

/** What a ruler sees in one picture. */
export interface Reading {
  /** For each asked person the one found there, or null where nobody was. Coordinates in tenths of pixels. */
  readonly found: readonly (FoundPerson | null)[];
  /** How many people it finds when nobody tells it where to look. */
  readonly people: number;
}

export interface FoundPerson {
  readonly keypoints: MetricKeypoints;
  /** How sure it is, 0 to 1. */
  readonly score: number;
}

/** Round asked keypoints, as a share of the longer side: keypoints end at eyes, wrists and ankles, people do not. */
const margin = 0.1;

/**
 * Looks at each asked person's place, and once at the whole picture.
 * @throws invalid-image, cancelled, and what running a graph throws
 */
export async function takeReading(
  { detector }: Ruler,
  picture: Raster,
  asked: readonly MetricKeypoints[],
  options: { readonly signal?: AbortSignal } = {},
): Promise<Reading> {
  const boxes = asked.map(boxAround);
  const found = boxes.length > 0 ? await detector.detect(picture, { ...options, boxes }) : [];
  const unaided = await detector.detect(picture, options);
  return {
    // A guess is a neutral figure put where nobody was found: to count it would reward people who stand still.
    found: found.map(({ pose, score, isGuess }) => (isGuess ? null : { keypoints: rounded(pose), score })),
    people: unaided.filter(({ isGuess }) => !isGuess).length,
  };
}

function boxAround(keypoints: MetricKeypoints): Rectangle {
  const present = keypoints.filter(([, , confidence]) => confidence > 0);
  const [xs, ys] = [present.map(([x]) => x), present.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const room = Math.max(8, margin * Math.max(width, height));
  return { x: left - room, y: top - room, width: width + 2 * room, height: height + 2 * room };
}

const tenth = (value: number) => Math.round(value * 10) / 10;
const rounded = ({ keypoints }: Pose): MetricKeypoints =>
  keypoints.map(([x, y, confidence]) => [tenth(x), tenth(y), Math.round(confidence * 1000) / 1000]);
