import { parseXml, XmlElement } from '@rgrove/parse-xml';
import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import { openPoseColours, openPoseLimbs } from '../draw-open-pose.ts';
import { type Keypoint, keypointCount, type Pose } from '../keypoints.ts';
import { drawingThreshold } from '../skeleton.ts';
import type { Size } from '../transform-poses.ts';
import { coco18Layout, fromLayout, neckPlace, toLayout } from './open-pose-layout.ts';
import { checkPeopleCount, mostPeopleInFile, type PoseFormat, sideOf } from './pose-format.ts';
import { isPresent } from './read-points.ts';
import { type Affine, affineOf, identityAffine, moved, times } from './svg-transform.ts';
import { lostConfidences, lostHandsAndFaces } from './what-is-lost.ts';

/**
 * The pose layer of krita-ai-diffusion: an SVG with a circle a keypoint, its id P00_J00 (person, COCO-18 keypoint), and a
 * line a limb, its id P00_B00. Only the circles are read, through the transforms that editors put on them and their groups.
 * The size is the view box's, so places are in the drawing's own units.
 */
export const kritaSvg: PoseFormat = {
  name: 'krita-svg',

  detect: (value) =>
    typeof value === 'string' && /<svg[\s>]/.test(value) && /\bid\s*=\s*["']P\d{2}_J\d{2}["']/.test(value),

  read(value, options = {}) {
    const root = parse(value);
    const size = sizeOf(root) ?? options.size;
    const people = new Map<number, Keypoint[]>();
    collect(root, identityAffine, people);
    checkPeopleCount(people.size);
    const notes = new Set<string>();
    const poses = [...people]
      .sort(([a], [b]) => a - b)
      .flatMap(([person, body]): Pose[] => {
        const pose = { keypoints: fromLayout(body, coco18Layout) };
        if (isPresent(body[neckPlace]) && !(isPresent(pose.keypoints[5]) && isPresent(pose.keypoints[6]))) {
          notes.add('A neck without both shoulders was left out: the skeleton has no neck.');
        }
        if (pose.keypoints.some(isPresent)) return [pose];
        notes.add(`Person ${person + 1} has none of the seventeen keypoints and was left out.`);
        return [];
      });
    return {
      poses: checkPoses(poses, { maxPeople: mostPeopleInFile, allowNobody: true }),
      ...(size ? { width: size.width, height: size.height } : {}),
      notes: [...notes],
    };
  },

  write(poses, { width, height }) {
    // As the layer draws itself: thicker on large pictures.
    const radius = 4 + Math.max(0, Math.hypot(width, height) / 250 - 4);
    const shapes = poses.slice(0, mostPeopleWritten).flatMap(({ keypoints }, person) => {
      const points = toLayout(keypoints, coco18Layout).map(certain);
      const id = (kind: string, i: number) => `P${twoDigits(person)}_${kind}${twoDigits(i)}`;
      const lines = openPoseLimbs.flatMap(([from, to], i) => {
        const [[x1, y1, c1], [x2, y2, c2]] = [points[from], points[to]];
        if (!(c1 > 0 && c2 > 0)) return [];
        return `<line id="${id('B', i)}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${hex(i)}" stroke-width="${radius}" stroke-opacity="0.6"/>`;
      });
      const circles = points.flatMap(([x, y, confidence], i) =>
        confidence > 0
          ? `<circle id="${id('J', i)}" cx="${x}" cy="${y}" r="${radius}" fill="${hex(i)}"/>`
          : [],
      );
      return [...lines, ...circles];
    });
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
      ...shapes,
      '</svg>\n',
    ].join('\n');
  },

  lost(poses) {
    const body = poses.flatMap(({ keypoints }) => keypoints);
    return [
      ...lostConfidences(
        body,
        [1],
        `Confidences became 1, and points of ${drawingThreshold} or less were left out: the format has none.`,
      ),
      ...lostHandsAndFaces(poses),
      ...(poses.length === 0 ? ['A drawing of nobody does not say that it is a pose layer.'] : []),
      ...(poses.length > mostPeopleWritten
        ? [`Only the first ${mostPeopleWritten} people were written: ids have two digits.`]
        : []),
    ];
  },
};

const mostPeopleWritten = 100;

/** Drawings of poses have tens of elements; parsing is bounded all the same. */
const longestDrawing = 4 * 1024 * 1024;

function parse(value: unknown): XmlElement {
  const text = typeof value === 'string' ? value : '';
  if (text.length > longestDrawing) {
    throw new StablePoseError(
      'invalid-pose',
      `A drawing may have ${longestDrawing} characters, got ${text.length}.`,
    );
  }
  try {
    // The parser knows XML's five entities only: those that a document declares itself are an error, so none can grow.
    const { root } = parseXml(text.replace(/^\uFEFF/, ''));
    if (root !== null) return root;
  } catch (cause) {
    throw new StablePoseError('invalid-pose', 'The drawing is no well-formed SVG.', {
      remedy: 'Save the pose layer again.',
      cause,
    });
  }
  throw new StablePoseError('invalid-pose', 'The drawing is empty.');
}

/** A depth that no drawing has; beyond it a walk could run out of stack. */
const deepest = 500;

function collect(element: XmlElement, outer: Affine, people: Map<number, Keypoint[]>, depth = 0): void {
  if (depth > deepest) throw new StablePoseError('invalid-pose', 'The drawing is nested too deeply.');
  const { attributes, children, name } = element;
  const affine = attributes.transform === undefined ? outer : times(outer, affineOf(attributes.transform));
  const id = /^P(\d{2})_J(\d{2})$/.exec(attributes.id ?? '');
  const joint = Number(id?.[2]);
  if (id && joint <= keypointCount && (name === 'circle' || name === 'ellipse')) {
    const person = Number(id[1]);
    const body = people.get(person) ?? Array.from(coco18Layout, (): Keypoint => [0, 0, 0]);
    people.set(person, body);
    const [x, y] = moved(affine, numberOf(attributes.cx), numberOf(attributes.cy));
    body[joint] = [x, y, 1];
  }
  for (const child of children) {
    if (child instanceof XmlElement) collect(child, affine, people, depth + 1);
  }
}

/** A coordinate: a number, with or without px; absent is 0, as SVG has it. */
function numberOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text.trim().replace(/px$/, ''));
  if (!Number.isFinite(value)) {
    throw new StablePoseError(
      'invalid-pose',
      `A place in the drawing must be a number, got "${text.slice(0, 40)}".`,
    );
  }
  return value;
}

function sizeOf({ attributes }: XmlElement): Size | undefined {
  const box = attributes.viewBox
    ?.trim()
    .split(/[\s,]+/)
    .map(Number);
  const width = sideOf(box?.[2]) ?? sideOf(Number.parseFloat(attributes.width ?? ''));
  const height = sideOf(box?.[3]) ?? sideOf(Number.parseFloat(attributes.height ?? ''));
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function certain([x, y, confidence]: Keypoint): Keypoint {
  return confidence > drawingThreshold ? [x, y, 1] : [0, 0, 0];
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function hex(index: number): string {
  return `#${openPoseColours[index].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
