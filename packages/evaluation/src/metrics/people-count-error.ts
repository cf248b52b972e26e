import type { EvaluatedPicture } from './pose-set.ts';

export interface PeopleCountErrorOptions {
  /**
   * Count as the released code does: it walks through picture numbers 0 .. n - 1, where n is the number of pictures that
   * have an asked pose, so that a picture without one shifts or hides others.
   */
  readonly asReleased?: boolean;
}

/** PCE: the mean over pictures of |people asked - people found|; lower is better. */
export function peopleCountError(
  pictures: readonly EvaluatedPicture[],
  options: PeopleCountErrorOptions = {},
): number {
  const counted = options.asReleased
    ? pictures.slice(0, pictures.filter(({ asked }) => asked.length > 0).length)
    : pictures;
  const sum = counted.reduce((total, { asked, found }) => total + Math.abs(asked.length - found.length), 0);
  return sum / counted.length;
}
