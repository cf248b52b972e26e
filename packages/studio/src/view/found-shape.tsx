import { bodyParts, type PoseScore, type Size } from '@stable-pose/core';
import type { AreaPlan } from '@stable-pose/sdk';
import { fittedArea } from '../state/fit-poses.ts';

export interface FoundShapeProps {
  readonly score: PoseScore;
  /** Of the picture in whose pixels the found poses are. */
  readonly area: AreaPlan;
  /** Of the paper. */
  readonly size: Size;
  /** Screen pixels per pixel of the paper. */
  readonly zoom: number;
}

/** Skeletons as they were found in a result: white, and what is off both red and thicker. */
export function FoundShape({ score, area, size, zoom }: FoundShapeProps) {
  const { drawn, placed } = area;
  const fitted = fittedArea(placed, size);
  const fit = fitted.width / placed.width;
  const left = fitted.x + (drawn.x - placed.x) * fit;
  const top = fitted.y + (drawn.y - placed.y) * fit;
  const scale = (drawn.width / area.size.width) * fit;
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
