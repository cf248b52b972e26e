import { bodyParts, type PoseScore, type Size } from '@stable-pose/core';

export interface FoundShapeProps {
  readonly score: PoseScore;
  /** Whose pixels the found poses are in. */
  readonly from: Size;
  /** Of the paper. */
  readonly size: Size;
  /** Screen pixels per pixel of the paper. */
  readonly zoom: number;
}

/** Skeletons as they were found in a result: white, and what is off both red and thicker. */
export function FoundShape({ score, from, size, zoom }: FoundShapeProps) {
  const scale = Math.min(size.width / from.width, size.height / from.height);
  const [left, top] = [(size.width - from.width * scale) / 2, (size.height - from.height * scale) / 2];
  const one = 1 / (zoom * scale);
  return (
    <g class="found" transform={`translate(${left} ${top}) scale(${scale})`}>
      {score.people.flatMap(({ person, found, limbsOff }) => {
        if (!found) return [];
        const off = new Set(limbsOff.map(({ limb }) => limb));
        return bodyParts.flatMap(({ name, from: a, to: b }) => {
          const [x1, y1, c1] = found.keypoints[a];
          const [x2, y2, c2] = found.keypoints[b];
          if (c1 === 0 || c2 === 0) return [];
          const isOff = off.has(name);
          const line = { x1, y1, x2, y2 };
          return [
            <line
              key={`${person}-${name}-edge`}
              {...line}
              class="edge"
              stroke-width={(isOff ? 9 : 6) * one}
            />,
            <line
              key={`${person}-${name}`}
              {...line}
              class={isOff ? 'off' : 'near'}
              stroke-width={(isOff ? 5 : 2.5) * one}
            />,
          ];
        });
      })}
    </g>
  );
}
