import { limbs, type Pose, type Size } from '@stable-pose/core';

/** A skeleton, small. Decoration: what it shows is said beside it. */
export function PoseThumbnail({ pose, size }: { readonly pose: Pose; readonly size: Size }) {
  const thick = size.width / 26;
  return (
    <svg class="thumbnail" viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
      {limbs.map(({ from, to, colour: [r, g, b] }) => {
        const [x1, y1, a] = pose.keypoints[from];
        const [x2, y2, c] = pose.keypoints[to];
        if (a === 0 || c === 0) return null;
        return (
          <line
            key={`${from}-${to}`}
            {...{ x1, y1, x2, y2 }}
            stroke={`rgb(${r} ${g} ${b})`}
            stroke-width={thick}
            stroke-linecap="round"
          />
        );
      })}
    </svg>
  );
}
