import { describe, expect, it } from 'vitest';
import { readPoses } from '../../../packages/core/src/pose/index.ts';

/** Point i lies at (i + 2, 2 i + 2). */
const triples = (count: number, third: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => [i + 2, 2 * i + 2, third(i)]).flat();

describe('files as others publish them', () => {
  it('[P21] COCO annotations: the first picture with people, visibilities, and WholeBody parts where they are', () => {
    const reading = readPoses({
      info: { year: 2017 },
      images: [
        { id: 7, width: 640, height: 480, file_name: 'empty.jpg' },
        { id: 9, width: 320, height: 240, file_name: 'people.jpg' },
        { id: 10, width: 64, height: 64, file_name: 'later.jpg' },
      ],
      annotations: [
        { id: 1, image_id: 7, category_id: 3, bbox: [1, 2, 3, 4] },
        {
          id: 2,
          image_id: 9,
          category_id: 1,
          keypoints: triples(17, (i) => i % 3),
          foot_kpts: triples(6, () => 2),
          lefthand_kpts: triples(21, () => 2),
          righthand_kpts: Array(63).fill(0),
          face_kpts: triples(68, () => 1),
        },
        { id: 3, image_id: 10, category_id: 1, keypoints: triples(17, () => 2) },
        { id: 4, image_id: 9, category_id: 1, keypoints: Array(51).fill(0), iscrowd: 1 },
      ],
      categories: [{ id: 1, name: 'person' }],
    });
    expect(reading).toMatchObject({ format: 'coco', width: 320, height: 240 });
    const [pose, ...others] = reading.poses;
    expect(others).toEqual([]);
    expect(pose.keypoints.slice(0, 3)).toEqual([
      [0, 0, 0],
      [3, 4, 0.5],
      [4, 6, 1],
    ]);
    expect(pose.hands?.left?.[20]).toEqual([22, 42, 1]);
    expect(pose.hands).not.toHaveProperty('right');
    expect(pose.face).toHaveLength(70);
    expect(pose.face?.slice(67)).toEqual([
      [69, 136, 0.5],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(reading.notes).toEqual([
      'Annotations without keypoints were left out.',
      'Only the first of 2 pictures with people was read.',
      'Feet were left out: the skeleton ends at the ankles.',
      'Person 2 has none of the seventeen keypoints and was left out.',
    ]);
  });

  it('COCO results: scores, several people of the first picture', () => {
    const entry = (image: number) => ({
      image_id: image,
      category_id: 1,
      keypoints: triples(17, (i) => 0.9 + i / 100),
      score: 0.8,
    });
    const reading = readPoses([entry(5), entry(5), entry(6)], { size: { width: 64, height: 64 } });
    expect(reading).toMatchObject({ format: 'coco-results', width: 64 });
    expect(reading.poses).toHaveLength(2);
    expect(reading.poses[0].keypoints[3]).toEqual([5, 8, 0.93]);
    // Scores stray over 1.
    expect(reading.poses[0].keypoints[16][2]).toBe(1);
  });

  it('DWPose and MMPose: 133 points in the order of COCO-WholeBody, or 17, bare or in frames', () => {
    const instance = (count: number) => ({
      keypoints: Array.from({ length: count }, (_, i) => [i + 0.5, 300 - i]),
      keypoint_scores: Array.from({ length: count }, (_, i) => (i === 4 ? 0 : 0.75)),
      bbox: [[0, 0, 10, 10]],
      bbox_score: 0.9,
    });
    const whole = readPoses([instance(133)]);
    expect(whole.format).toBe('wholebody-133');
    const [{ keypoints, face, hands }] = whole.poses;
    expect(keypoints[16]).toEqual([16.5, 284, 0.75]);
    expect(keypoints[4]).toEqual([0, 0, 0]);
    expect(face?.[0]).toEqual([23.5, 277, 0.75]);
    expect(hands?.left?.[0]).toEqual([91.5, 209, 0.75]);
    expect(hands?.right?.[20]).toEqual([132.5, 168, 0.75]);
    const framed = readPoses({
      meta_info: {},
      instance_info: [{ frame_id: 1, instances: [instance(17)] }, {}],
    });
    expect(framed.poses[0]).toEqual({ keypoints });
    expect(framed.notes).toEqual(['Only the first of 2 frames was read.']);
  });

  it("[P21] ComfyUI's node and the web UI's editor: nulls, 68-point faces, animals", () => {
    const person = {
      pose_keypoints_2d: triples(18, (i) => (i === 4 ? 0 : 1)),
      face_keypoints_2d: triples(68, () => 1),
      hand_left_keypoints_2d: null,
      hand_right_keypoints_2d: triples(21, () => 1),
    };
    const frame = { people: [person], animals: [], canvas_width: 512, canvas_height: 768 };
    for (const [value, format] of [
      [[frame], 'comfyui'],
      [frame, 'openpose-editor'],
      [{ version: 1.1, people: [person], part_candidates: [] }, 'openpose'],
    ] as const) {
      const reading = readPoses(value);
      expect(reading.format).toBe(format);
      expect(reading.poses[0].keypoints[10]).toEqual([0, 0, 0]);
      expect(reading.poses[0].keypoints[8]).toEqual([5, 8, 1]);
      expect(reading.poses[0].face).toHaveLength(70);
      expect(reading.notes).toEqual([]);
    }
  });

  it('[P21] the legacy editor: eighteen pairs a person, run together', () => {
    const reading = readPoses({
      width: 512,
      height: 512,
      keypoints: Array.from({ length: 36 }, (_, i) => [i + 1, 2 * i]),
    });
    expect(reading).toMatchObject({ format: 'legacy-editor', width: 512 });
    expect(reading.poses).toHaveLength(2);
    expect(reading.poses[1].keypoints[5]).toEqual([24, 46, 1]); // left shoulder: the sixth of eighteen
    expect(() => readPoses({ width: 9, height: 9, keypoints: [[1, 2]] })).toThrow(/18 points a person/);
  });
});
