import { limbs, type Pose, type Size } from '@stable-pose/core';
import { handBones } from '../editor/index.ts';

export interface PoseThumbnailProps {
  readonly poses: readonly Pose[];
  /** Of the picture that the poses are in; absent: the square round them. */
  readonly size?: Size;
}

/** Skeletons, small. Decoration: what they show is said beside them. */
export function PoseThumbnail({ poses, size }: PoseThumbnailProps) {
  const view = size ? { x: 0, y: 0, ...size } : squareRound(poses);
  return (
    <svg class="thumbnail" viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`} aria-hidden="true">
      {poses.flatMap(({ keypoints }, person) =>
        limbs.map(({ from, to, colour: [r, g, b] }) => {
          const [x1, y1, a] = keypoints[from];
          const [x2, y2, c] = keypoints[to];
          if (a === 0 || c === 0) return null;
          return (
            <line
              key={`${person}-${from}-${to}`}
              {...{ x1, y1, x2, y2 }}
              stroke={`rgb(${r} ${g} ${b})`}
              stroke-width={view.width / 26}
              stroke-linecap="round"
            />
          );
        }),
      )}
      {poses.flatMap(({ hands }, person) =>
        [hands?.left, hands?.right].flatMap((hand, side) =>
          hand
            ? handBones.map(([from, to]) => {
                const [[x1, y1, a], [x2, y2, c]] = [hand[from], hand[to]];
                if (a === 0 || c === 0) return null;
                return (
                  <line
                    key={`${person}-${side}-${to}`}
                    class="part-line"
                    {...{ x1, y1, x2, y2 }}
                    stroke-width={view.width / 70}
                  />
                );
              })
            : [],
        ),
      )}
    </svg>
  );
}

function squareRound(poses: readonly Pose[]) {
  const seen = poses.flatMap(({ keypoints }) => keypoints.filter(([, , confidence]) => confidence > 0));
  const [xs, ys] = [seen.map(([x]) => x), seen.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const side = Math.max(right - left, bottom - top, 1) * 1.16;
  return { x: (left + right - side) / 2, y: (top + bottom - side) / 2, width: side, height: side };
}
