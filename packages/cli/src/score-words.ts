import type { PoseScore } from '@stable-pose/core';

/** A pose score in a line: "pose 0.82 (person 1: 0.82; left forearm 40 degrees off)". */
export function scoreWords({ similarity, people }: PoseScore): string {
  const each = people.map(({ person, similarity: own, found, limbsOff }) => {
    if (found === undefined) return `person ${person + 1}: not found`;
    const off = limbsOff
      .slice(0, 3)
      .map(
        ({ limb, degrees, headLengths }) =>
          `${limb} ${Math.round(degrees)} degrees and ${headLengths.toFixed(1)} heads off`,
      );
    return [`person ${person + 1}: ${own.toFixed(2)}`, ...off].join(', ');
  });
  return `pose ${similarity.toFixed(2)} (${each.join('; ')})`;
}
