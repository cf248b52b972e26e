import { describe, expect, it } from 'vitest';
import { collectionNames, configurations } from '../../packages/studio/src/library/configurations.ts';
import { poseMannequin } from '../../packages/studio/src/library/mannequin.ts';
import { poseFromView } from '../../packages/studio/src/library/see-mannequin.ts';
import { english } from '../../packages/studio/src/text/english.ts';
import { german } from '../../packages/studio/src/text/german.ts';

const bodies = configurations.map((one) => ({ id: one.id, body: poseMannequin(one) }));

describe('the library', () => {
  it('holds eighty configurations and more that differ by a hand, mirrored or not', () => {
    const mirrored = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15];
    type Shape = readonly (readonly number[])[];
    const apart = (a: Shape, b: Shape) =>
      Math.max(...a.map((point, i) => Math.hypot(...point.map((value, axis) => value - b[i][axis]))));
    const different: Shape[] = [];
    for (const { body } of bodies) {
      const middle = [0, 1, 2].map((axis) => (body.keypoints[11][axis] + body.keypoints[12][axis]) / 2);
      const shape = body.keypoints.map((point) => point.map((value, axis) => value - middle[axis]));
      const other = mirrored.map((i) => [-shape[i][0], shape[i][1], shape[i][2]]);
      // A hand's length, in decimetres: less is the same pose to the eye.
      if (different.every((one) => apart(one, shape) > 0.9 && apart(one, other) > 0.9)) different.push(shape);
    }
    expect(configurations.length).toBe(101);
    expect(different.length).toBeGreaterThanOrEqual(80);
  });

  it('names each in both languages, and puts each into a collection', () => {
    for (const { id, collection } of configurations) {
      expect(english.poses[id], id).toBeTruthy();
      expect(german.poses[id], id).toBeTruthy();
      expect(collectionNames).toContain(collection);
    }
  });

  it('shows a face from in front and none from behind, with left and right changing sides', () => {
    const { body } = bodies[0];
    const size = { width: 256, height: 256 };
    const front = poseFromView(body, { around: 0 }, size);
    const back = poseFromView(body, { around: 180 }, size);
    expect(front.keypoints[0][2]).toBe(1);
    expect(back.keypoints[0][2]).toBe(0);
    // The left shoulder of who faces us is on our right.
    expect(front.keypoints[5][0]).toBeGreaterThan(front.keypoints[6][0]);
    expect(back.keypoints[5][0]).toBeLessThan(back.keypoints[6][0]);
  });

  it('hides an arm behind the body when seen from the side', () => {
    const size = { width: 256, height: 256 };
    const side = poseFromView(bodies[0].body, { around: 90 }, size);
    expect(side.keypoints[5][2]).toBe(1);
    expect(side.keypoints[6][2]).toBe(0);
  });

  it('keeps every pose in the picture from every side', () => {
    for (const { id, body } of bodies) {
      for (const around of [0, 45, 90, 135, 180, 270]) {
        const { keypoints } = poseFromView(body, { around }, { width: 256, height: 256 });
        for (const [x, y, confidence] of keypoints) {
          if (confidence === 0) continue;
          expect(Math.min(x, y, 256 - x, 256 - y), `${id} from ${around}`).toBeGreaterThanOrEqual(0);
        }
      }
    }
  });
});
