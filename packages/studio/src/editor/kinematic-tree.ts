/**
 * How the editor moves the seventeen keypoints: a tree with the torso (shoulders and hips) as its rigid root. Stable-Pose's
 * limbs are what is drawn; this is what moves what. Indexes are COCO's.
 */
export const torso: readonly number[] = [5, 6, 11, 12];

/** The head turns about the middle of the shoulders, eyes and ears about the nose. */
export const head: readonly number[] = [0, 1, 2, 3, 4];
export const leftShoulder = 5;
export const rightShoulder = 6;
export const leftHip = 11;
export const rightHip = 12;
export const nose = 0;

/** Root, middle and end of the four chains that bend. */
export const chains: readonly (readonly [root: number, middle: number, end: number])[] = [
  [5, 7, 9],
  [6, 8, 10],
  [11, 13, 15],
  [12, 14, 16],
];

export const legChains = chains.slice(2);

/** What hangs on a keypoint of a chain, itself included; head and torso are told apart by their own rules. */
const hanging: ReadonlyMap<number, readonly number[]> = new Map(
  chains.flatMap(([, middle, end]) => [
    [middle, [middle, end]],
    [end, [end]],
  ]),
);

/** The keypoints that turn with `index` about its parent. */
export function carriedBy(index: number): readonly number[] {
  return hanging.get(index) ?? (index === nose ? head : [index]);
}

/** The keypoint that `index` turns about; undefined for the torso's four and the nose, which turn about middles. */
export function parentOf(index: number): number | undefined {
  for (const [root, middle, end] of chains) {
    if (index === middle) return root;
    if (index === end) return middle;
  }
  return index >= 1 && index <= 4 ? nose : undefined;
}

/** The chain whose middle or end is `index`. */
export function chainOf(index: number): (typeof chains)[number] | undefined {
  return chains.find(([, middle, end]) => middle === index || end === index);
}

/**
 * The distances that a drag keeps: the torso's six, the bending limbs', and those from the nose to eyes and ears. The nose's
 * distance is from the middle of the shoulders, see `head-distance` in the tests.
 */
export const keptDistances: readonly (readonly [number, number])[] = [
  ...torso.flatMap((from, i) => torso.slice(i + 1).map((to) => [from, to] as const)),
  ...chains.flatMap(([root, middle, end]) => [[root, middle] as const, [middle, end] as const]),
  [0, 1],
  [0, 2],
  [0, 3],
  [0, 4],
];
