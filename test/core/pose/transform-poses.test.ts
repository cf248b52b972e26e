import { describe, expect, it } from 'vitest';
import { drawPoses } from '../../../packages/core/src/pose/draw-poses.ts';
import { keypointSimilarity } from '../../../packages/core/src/pose/keypoint-similarity.ts';
import type { Keypoint, Pose } from '../../../packages/core/src/pose/keypoints.ts';
import {
  mirrorPose,
  movePose,
  poseBounds,
  scalePoses,
} from '../../../packages/core/src/pose/transform-poses.ts';
import { referenceJson } from '../../support/reference-set.ts';

const persons = referenceJson<{ cases: { name: string; scaled_pose: Keypoint[][] }[] }>(
  '01_skeleton/cases.json',
).cases;

function pose(name: string): Pose {
  const keypoints = persons.find((one) => one.name === name)?.scaled_pose[0] ?? [];
  return { keypoints };
}

function points(count: number): Keypoint[] {
  return Array.from({ length: count }, (_, i): Keypoint => [i, 2 * i, 1]);
}

describe('moving poses about', () => {
  it('mirrors twice to where it was, and swaps left and right once', () => {
    const whole: Pose = { ...pose('front'), hands: { left: points(21) }, face: points(70) };
    const once = mirrorPose(whole, 512);
    expect(once.keypoints[9]).toEqual([512 - whole.keypoints[10][0], ...whole.keypoints[10].slice(1)]);
    expect(once.hands?.left).toBeUndefined();
    expect(once.hands?.right?.[3]).toEqual([509, 6, 1]);
    expect(once.face?.[0]).toEqual([512 - 16, 32, 1]);
    const twice = mirrorPose(once, 512);
    twice.keypoints.forEach((point, i) => {
      // 512 - (512 - x) loses the last bits of x.
      expect(point[0]).toBeCloseTo(whole.keypoints[i][0], 9);
      expect(point.slice(1)).toEqual(whole.keypoints[i].slice(1));
    });
    expect(twice.hands).toEqual(whole.hands);
    expect(twice.face).toEqual(whole.face);
  });

  it('scales into another size: whole in view, filling, or each side by itself', () => {
    const one: Pose = { keypoints: points(17).map(([x, y]): Keypoint => [x * 10, y, 1]) };
    const at = (fit: 'contain' | 'cover' | 'stretch') =>
      scalePoses([one], { width: 100, height: 50 }, { width: 200, height: 200 }, fit)[0].keypoints[2];
    expect(at('contain')).toEqual([40, 8 + 50, 1]);
    expect(at('cover')).toEqual([80 - 100, 16, 1]);
    expect(at('stretch')).toEqual([40, 16, 1]);
  });

  it('keeps absent keypoints absent', () => {
    const one: Pose = { keypoints: [[0, 0, 0], ...points(16)] };
    expect(movePose(one, 5, 5).keypoints[0]).toEqual([0, 0, 0]);
    expect(poseBounds(one)).toEqual({ left: 0, top: 0, right: 15, bottom: 30 });
    expect(poseBounds({ keypoints: points(17).map((): Keypoint => [0, 0, 0]) })).toBeUndefined();
  });
});

describe('drawing in other sizes', () => {
  it('[P8] cuts a person at the border as a window on a larger picture would', () => {
    for (const [dx, dy] of [
      [-256, 0],
      [300, -200],
      [-311.5, 260.25],
    ]) {
      const drawn = drawPoses([movePose(pose('front'), dx, dy)], { width: 512, height: 512 });
      const whole = drawPoses([movePose(pose('front'), 512 + dx, 512 + dy)], {
        width: 1536,
        height: 1536,
        scale: 'none',
      });
      // Steep lines are clipped before they are stepped, so that a border may move a limb's outline by a pixel (P7).
      expect(drawn.data.some((value) => value > 0)).toBe(true);
      expect(differingPixels(drawn.data, whole.data)).toBeLessThan(40);
    }
  });

  it.each([
    [97, 41],
    [71, 301],
    [1, 1],
  ])('[P10] draws any size, as a window on a larger picture: %i x %i', (width, height) => {
    const people = scalePoses([pose('front')], { width: 512, height: 512 }, { width: 120, height: 120 });
    const options = { lineWidth: 3, scale: 'none' } as const;
    const drawn = drawPoses(people, { width, height, ...options });
    const whole = drawPoses(people, { width: 512, height: 512, ...options });
    const window = drawn.data.map((_, i) => {
      const pixel = Math.floor(i / 3);
      return whole.data[(Math.floor(pixel / width) * 512 + (pixel % width)) * 3 + (i % 3)]!;
    });
    expect([drawn.width, drawn.height]).toEqual([width, height]);
    // Clipping may move a limb's outline by a pixel (P7).
    expect(drawn.data.filter((value, i) => value !== window[i]).length).toBeLessThan(30);
    expect(window.some((value) => value > 0)).toBe(width > 1);
  });

  it('[P9] scales the line: 5 wide at 256, with the shorter side', () => {
    const small = scalePoses([pose('front')], { width: 512, height: 512 }, { width: 256, height: 256 });
    const options = { width: 256, height: 256 };
    expect(drawPoses(small, options).data).toEqual(
      drawPoses(small, { ...options, lineWidth: 5, scale: 'none' }).data,
    );
    const wide = { width: 768, height: 256 };
    expect(drawPoses(small, wide).data).toEqual(
      drawPoses(small, { ...wide, lineWidth: 5, scale: 'none' }).data,
    );
  });

  it('[P8] [P11] moves keypoints out of frame to the corner only where the reference is asked for', () => {
    const out: Pose = { keypoints: pose('front').keypoints.map(([x, y, c]): Keypoint => [x - 300, y, c]) };
    const corner = (drawn: { data: Uint8Array }) => drawn.data[0] + drawn.data[1] + drawn.data[2];
    const size = { width: 512, height: 512 };
    expect(corner(drawPoses([out], size))).toBe(0);
    expect(corner(drawPoses([out], { ...size, outOfFrame: 'reference' }))).toBeGreaterThan(0);
  });

  function differingPixels(part: Uint8Array, whole: Uint8Array): number {
    let differing = 0;
    for (let y = 0; y < 512; y++) {
      for (let x = 0; x < 512; x++) {
        const a = (y * 512 + x) * 3;
        const b = ((y + 512) * 1536 + x + 512) * 3;
        if (part[a] !== whole[b] || part[a + 1] !== whole[b + 1] || part[a + 2] !== whole[b + 2]) differing++;
      }
    }
    return differing;
  }
});

describe('keypoint similarity', () => {
  it('is 1 for the same pose and falls with distance', () => {
    const wanted = pose('front');
    expect(keypointSimilarity(wanted, wanted)).toBe(1);
    const near = keypointSimilarity(movePose(wanted, 3, 0), wanted);
    const far = keypointSimilarity(movePose(wanted, 40, 0), wanted);
    expect(near).toBeLessThan(1);
    expect(far).toBeLessThan(near);
    expect(keypointSimilarity(wanted, { keypoints: points(17).map((): Keypoint => [0, 0, 0]) })).toBeNaN();
  });
});
