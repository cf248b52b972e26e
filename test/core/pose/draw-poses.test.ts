import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodePng } from '../../../packages/core/src/image/index.ts';
import { drawPoses } from '../../../packages/core/src/pose/draw-poses.ts';
import { hintFromRaster } from '../../../packages/core/src/pose/hint-image.ts';
import type { Keypoint, Pose } from '../../../packages/core/src/pose/keypoints.ts';
import { keypointNames } from '../../../packages/core/src/pose/keypoints.ts';
import { referenceCrop, referenceDraws } from '../../../packages/core/src/pose/reference-crop.ts';
import { limbs } from '../../../packages/core/src/pose/skeleton.ts';
import { referenceBytes, referenceJson, referenceTensors } from '../../support/reference-set.ts';

interface Case {
  name: string;
  image_hw: [number, number];
  persons: Keypoint[][];
  scaled_pose: Keypoint[][];
  crop: { h_start: number; w_start: number; resized_hw: [number, number]; y0: number; x0: number };
  drawn: boolean[];
  dataset_png: string;
  eval_png: string;
  sha256_dataset_rgb: string;
  sha256_eval_rgb: string;
}

const reference = referenceJson<{
  joints: string[];
  skeleton_color_a_b: [number, number, number][];
  colors_rgb: [number, number, number][];
  line_width: number;
  cases: Case[];
}>('01_skeleton/cases.json');
const cases = reference.cases.map((one) => [one.name, one] as const);

function posesOf(persons: readonly Keypoint[][]): Pose[] {
  return persons.map((keypoints) => ({ keypoints }));
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

describe('the skeleton', () => {
  it('[P1] [P2] has the reference joints, limbs and colours', () => {
    expect([...keypointNames]).toEqual(reference.joints);
    expect(limbs.map(({ from, to }) => [from, to])).toEqual(
      reference.skeleton_color_a_b.map(([, from, to]) => [from, to]),
    );
    expect(limbs.map(({ colour }) => colour)).toEqual(
      reference.skeleton_color_a_b.map(([colour]) => reference.colors_rgb[colour]),
    );
  });
});

describe('drawing poses', () => {
  it.each(cases)('[P11] crops training poses as the reference does: %s', (_, one) => {
    const cropped = referenceCrop(posesOf(one.persons), {
      picture: { width: one.image_hw[1], height: one.image_hw[0] },
      side: 512,
      random: { x: one.crop.w_start, y: one.crop.h_start },
    });
    expect(cropped.resized).toEqual({ width: one.crop.resized_hw[1], height: one.crop.resized_hw[0] });
    expect([cropped.x0, cropped.y0]).toEqual([one.crop.x0, one.crop.y0]);
    // The reference marks absence with -1, -1; here it is 0, 0. Coordinates are the same doubles.
    const expected = one.scaled_pose.map((person) =>
      person.map(([x, y, confidence]) => (confidence === 0 ? [0, 0, 0] : [x, y, confidence])),
    );
    expect(cropped.poses.map((pose) => pose.keypoints)).toEqual(expected);
    expect(cropped.poses.map(referenceDraws)).toEqual(one.drawn);
  });

  it.each(cases)('[P3] [P4] draws the training picture pixel for pixel: %s', (_, one) => {
    const { poses } = referenceCrop(posesOf(one.persons), {
      picture: { width: one.image_hw[1], height: one.image_hw[0] },
      side: 512,
      random: { x: one.crop.w_start, y: one.crop.h_start },
    });
    const drawn = drawPoses(poses, { width: 512, height: 512, threshold: 0.02, outOfFrame: 'reference' });
    expect(sha256(drawn.data)).toBe(one.sha256_dataset_rgb);
    expect(sha256(decodePng(referenceBytes(`01_skeleton/${one.dataset_png}`)).data)).toBe(sha256(drawn.data));
  });

  it.each(cases)('[P3] [P4] draws the evaluation picture pixel for pixel: %s', (_, one) => {
    const drawn = drawPoses(posesOf(one.scaled_pose), { width: 512, height: 512, outOfFrame: 'reference' });
    expect(sha256(drawn.data)).toBe(one.sha256_eval_rgb);
  });

  it('[P12] turns bytes into hint values exactly', () => {
    const { data: lut } = referenceTensors('01_skeleton/hint_lut.safetensors').get('lut', 'F32');
    const ramp = Uint8Array.from({ length: 256 * 3 }, (_, i) => Math.floor(i / 3));
    const hint = hintFromRaster({ width: 256, height: 1, channels: 3, data: ramp });
    expect(hint.dims).toEqual([1, 3, 1, 256]);
    expect(hint.data.subarray(0, 256)).toEqual(lut);
    expect(hint.data.subarray(512)).toEqual(lut);
  });
});
