import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Keypoint,
  openPoseBody25Json,
  openPoseJson,
  type Pose,
  type PoseFormat,
  poseFormats,
  readPoses,
  stablePoseJson,
  writtenPoseFormats,
} from '../../../packages/core/src/pose/index.ts';

const size = { width: 640, height: 512 };

/** Keypoint i lies at (10 i + 10, 5 i + 3): every place says whose it is. */
function standing(absent: readonly number[] = []): Pose {
  return {
    keypoints: Array.from(
      { length: 17 },
      (_, i): Keypoint => (absent.includes(i) ? [0, 0, 0] : [10 * i + 10, 5 * i + 3, 0.5 + i / 40]),
    ),
  };
}

function points(count: number): Keypoint[] {
  return Array.from({ length: count }, (_, i): Keypoint => [i + 1, 2 * i + 1, 1]);
}

const full: Pose = { ...standing(), hands: { left: points(21), right: points(21) }, face: points(70) };

// One suite for every format: a new one is added here and nowhere else.
describe.each([stablePoseJson, openPoseJson, openPoseBody25Json])(
  'the pose format $name',
  (format: PoseFormat) => {
    it.each([
      ['one person', [standing()]],
      ['absent keypoints', [standing([3, 4, 15])]],
      ['several people with hands and faces', [full, standing([0]), full]],
      ['nobody', []],
    ])('[P14] reads back what it wrote: %s', (_, poses: readonly Pose[]) => {
      const written: unknown = JSON.parse(JSON.stringify(format.write(poses, size)));
      expect(format.detect(written)).toBe(true);
      const reading = format.read(written);
      expect(reading.poses).toEqual(poses);
      expect(reading).toMatchObject(size);
      expect(reading.notes).toEqual([]);
    });

    it('[P14] is told from all others by its shape', () => {
      const written = format.write([standing()], size);
      const claiming = poseFormats.filter((other) => other.detect(written));
      expect(claiming).toHaveLength(1);
      expect(readPoses(JSON.stringify(written)).poses).toEqual([standing()]);
    });
  },
);

describe.each(writtenPoseFormats)('the pose format $name', (format) => {
  it.each([null, undefined, 1, 'x', '<svg', [], {}, [null], [[]], [{}], { people: 3 }, { format: 7 }])(
    '[P14] does not claim %j',
    (value) => {
      expect(format.detect(value)).toBe(false);
    },
  );
});

describe('OpenPose files', () => {
  it('[P15] puts BODY_25 in its documented order, neck and mid hip between their neighbours', () => {
    const [{ pose_keypoints_2d: flat }] = (
      openPoseBody25Json.write([standing()], size) as { people: { pose_keypoints_2d: number[] }[] }
    ).people;
    const at = (place: number) => flat.slice(3 * place, 3 * place + 2);
    const coco = (index: number) => standing().keypoints[index].slice(0, 2);
    expect(flat).toHaveLength(75);
    expect(at(0)).toEqual(coco(0));
    expect(at(1)).toEqual([65, 30.5]); // between the shoulders, 5 and 6
    expect([2, 3, 4].map(at)).toEqual([6, 8, 10].map(coco)); // right arm
    expect([5, 6, 7].map(at)).toEqual([5, 7, 9].map(coco)); // left arm
    expect(at(8)).toEqual([125, 60.5]); // between the hips, 11 and 12
    expect([9, 10, 11].map(at)).toEqual([12, 14, 16].map(coco)); // right leg
    expect([12, 13, 14].map(at)).toEqual([11, 13, 15].map(coco)); // left leg
    expect([15, 16, 17, 18].map(at)).toEqual([2, 1, 4, 3].map(coco)); // eyes, ears
    expect(flat.slice(57).every((value) => value === 0)).toBe(true); // feet
  });

  it('[P15] puts COCO-18 in its documented order', () => {
    const [{ pose_keypoints_2d: flat }] = (
      openPoseJson.write([standing()], size) as { people: { pose_keypoints_2d: number[] }[] }
    ).people;
    // COCO-17 -> COCO-18 by index, as published with DWPose.
    const map = [0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10];
    expect(flat).toHaveLength(54);
    map.forEach((place, index) => {
      expect(flat.slice(3 * place, 3 * place + 3)).toEqual([...standing().keypoints[index]]);
    });
  });

  const flat = (values: readonly Keypoint[]) => values.flat();
  const coco18 = () =>
    (openPoseJson.write([standing()], size) as { people: { pose_keypoints_2d: number[] }[] }).people[0]
      .pose_keypoints_2d;

  it('[P16] reads shares of the picture by the canvas, or by the size that is said', () => {
    const shares = coco18().map((value, i) =>
      i % 3 === 0 ? value / 640 : i % 3 === 1 ? value / 512 : value,
    );
    const people = [{ pose_keypoints_2d: shares }];
    const bySize = readPoses({ people }, { size });
    const byCanvas = readPoses({ people, canvas_width: 640, canvas_height: 512 });
    for (const reading of [bySize, byCanvas]) {
      expect(reading.notes).toEqual(['Coordinates were taken to go from 0 to 1 over the picture.']);
      reading.poses[0].keypoints.forEach((point, i) => {
        standing().keypoints[i].forEach((value, part) => {
          expect(point[part]).toBeCloseTo(value, 9);
        });
      });
    }
    expect(() => readPoses({ people })).toThrow(/does not say how large/);
  });

  it('[P16] reads shares from -1 to 1, which only OpenPose itself writes', () => {
    const shares = coco18().map((value, i) =>
      i % 3 === 0 ? value / 320 - 1 : i % 3 === 1 ? value / 256 - 1 : value,
    );
    const reading = readPoses({ version: 1.3, people: [{ pose_keypoints_2d: shares }] }, { size });
    expect(reading.notes).toEqual(['Coordinates were taken to go from -1 to 1 over the picture.']);
    expect(reading.poses[0].keypoints[16][0]).toBeCloseTo(170, 9);
  });

  it('[P16] keeps what an editor drew outside the canvas', () => {
    const shares = coco18().map((value, i) =>
      i % 3 === 0 ? value / 640 : i % 3 === 1 ? value / 512 : value,
    );
    shares[0] = -0.1;
    const reading = readPoses({
      people: [{ pose_keypoints_2d: shares }],
      canvas_width: 640,
      canvas_height: 512,
    });
    expect(reading.poses[0].keypoints[0][0]).toBeCloseTo(-64, 9);
  });

  it('[P17] reads frames, nested triples, nulls and absent parts, and says what it left out', () => {
    const frame = {
      people: [
        { pose_keypoints_2d: null },
        {
          pose_keypoints_2d: toTriples(coco18()).map((triple, i) => (i === 4 ? null : triple)),
          face_keypoints_2d: null,
          hand_left_keypoints_2d: [],
          hand_right_keypoints_2d: flat(points(21)),
        },
      ],
      animals: [[1, 2, 3]],
      canvas_width: 640,
      canvas_height: 512,
    };
    const reading = readPoses([frame, frame]);
    expect(reading.poses).toEqual([
      {
        keypoints: standing().keypoints.map((point, i) => (i === 10 ? [0, 0, 0] : point)),
        hands: { right: points(21) },
      },
    ]);
    expect(reading.notes).toEqual([
      'Only the first of 2 frames was read.',
      'Animals were left out.',
      'Person 1 has no body keypoints and was left out.',
    ]);
  });

  it('[P17] says that feet are left out, and takes visibilities as confidence', () => {
    const body = points(25).map(([x, y]): Keypoint => [x + 5, y, 2]);
    const reading = readPoses({ people: [{ pose_keypoints_2d: flat(body) }] });
    expect(reading.notes).toEqual(['Feet were left out: the skeleton ends at the ankles.']);
    expect(reading.poses[0].keypoints[0]).toEqual([6, 1, 1]);
    expect(reading).not.toHaveProperty('width');
  });

  function toTriples(values: readonly number[]): number[][] {
    return Array.from({ length: values.length / 3 }, (_, i) => values.slice(3 * i, 3 * i + 3));
  }

  it.each([
    ['a body of 19 points', { people: [{ pose_keypoints_2d: Array(57).fill(1) }] }, /19 points/],
    ['numbers that are no triples', { people: [{ pose_keypoints_2d: [1, 2] }] }, /triples/],
    ['text for numbers', { people: [{ pose_keypoints_2d: Array(54).fill('1') }] }, /finite numbers/],
    ['a person that is none', { people: [7] }, /must be an object/],
    ['very many points', { people: [{ pose_keypoints_2d: Array(3e5).fill(1) }] }, /more than any part/],
    ['very many people', { people: Array(1001).fill({}) }, /at most 1000/],
  ])('[P18] refuses %s', (_, value, words) => {
    expect(() => readPoses(value)).toThrow(
      expect.objectContaining({ code: 'invalid-pose', message: expect.stringMatching(words) }) as Error,
    );
  });
});

describe('our own files', () => {
  it('[P14] take keypoints by name, absent ones left out', () => {
    const reading = readPoses({
      format: 'stable-pose',
      version: 1,
      width: 100,
      height: 100,
      people: [{ keypoints: { nose: [5, 6], left_wrist: [7, 8, 0.5] } }],
    });
    expect(reading.poses[0].keypoints[0]).toEqual([5, 6, 1]);
    expect(reading.poses[0].keypoints[9]).toEqual([7, 8, 0.5]);
    expect(reading.poses[0].keypoints[16]).toEqual([0, 0, 0]);
  });

  it.each([
    ['no JSON', '{"people": [', /no JSON/],
    ['another thing', '{"hello": 1}', /no known format.*stable-pose, openpose/],
    ['a later version', { format: 'stable-pose', version: 2, people: [] }, /version 1 was expected/],
    ['no size', { format: 'stable-pose', version: 1, people: [] }, /"width" and "height"/],
    [
      'a misspelt keypoint',
      { format: 'stable-pose', version: 1, width: 9, height: 9, people: [{ keypoints: { noze: [1, 1] } }] },
      /no keypoint "noze"/,
    ],
  ])('[P18] refuse %s', (_, value, words) => {
    expect(() => readPoses(value)).toThrow(
      expect.objectContaining({ code: 'invalid-pose', message: expect.stringMatching(words) }) as Error,
    );
  });

  it('[P18] the corpus of the fuzzer is read or refused with a code', () => {
    const folder = new URL('../../fuzz/corpus/pose/', import.meta.url);
    for (const name of readdirSync(folder)) {
      const text = readFileSync(new URL(name, folder), 'utf8');
      const read = () => readPoses(text, { size });
      if (name.startsWith('bad-')) {
        expect(read, name).toThrow(expect.objectContaining({ code: 'invalid-pose' }) as Error);
      } else expect(read().poses.length, name).toBeGreaterThan(0);
    }
  });
});
