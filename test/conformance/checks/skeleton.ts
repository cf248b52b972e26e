import { createHash } from 'node:crypto';
import { decodePng } from '../../../packages/core/src/image/index.ts';
import { raster } from '../../../packages/core/src/image/raster.ts';
import { drawDisc } from '../../../packages/core/src/pose/draw-disc.ts';
import { drawLine } from '../../../packages/core/src/pose/draw-line.ts';
import { drawPoses } from '../../../packages/core/src/pose/draw-poses.ts';
import { hintFromRaster } from '../../../packages/core/src/pose/hint-image.ts';
import { type Keypoint, keypointNames, type Pose } from '../../../packages/core/src/pose/keypoints.ts';
import { referenceCrop, referenceDraws } from '../../../packages/core/src/pose/reference-crop.ts';
import { limbs } from '../../../packages/core/src/pose/skeleton.ts';
import { type CheckGroup, compare, exactly } from '../check.ts';
import { hintOf } from '../hint-of.ts';

interface Case {
  readonly name: string;
  readonly image_hw: [number, number];
  readonly persons: Keypoint[][];
  readonly scaled_pose: Keypoint[][];
  readonly crop: { h_start: number; w_start: number; resized_hw: [number, number]; y0: number; x0: number };
  readonly drawn: boolean[];
  readonly dataset_png: string;
  readonly eval_png: string;
  readonly sha256_dataset_rgb: string;
  readonly sha256_eval_rgb: string;
}

interface Cases {
  readonly joints: string[];
  readonly skeleton_color_a_b: [number, number, number][];
  readonly colors_rgb: [number, number, number][];
  readonly line_width: number;
  readonly cases: Case[];
}

interface Primitives {
  readonly canvas: [number, number];
  readonly items: (
    | { kind: 'line'; p0: [number, number]; p1: [number, number]; width: number }
    | { kind: 'disc'; center: [number, number]; radius: number }
  )[];
}

const black: Keypoint = [0, 0, 0];

function posesOf(persons: readonly (readonly Keypoint[])[]): Pose[] {
  return persons.map((keypoints) => ({ keypoints: keypoints.map((at) => (at[2] > 0 ? at : black)) }));
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

export const skeleton: CheckGroup = {
  folder: '01_skeleton',
  *run(reference) {
    const set = reference.json<Cases>('01_skeleton/cases.json');
    yield exactly('joint names', [...keypointNames], set.joints);
    yield exactly(
      'limbs and their colours',
      limbs.map(({ from, to, colour }) => [from, to, [...colour]]),
      set.skeleton_color_a_b.map(([colour, from, to]) => [from, to, set.colors_rgb[colour]]),
    );
    for (const one of set.cases) {
      const recorded = decodePng(reference.bytes(`01_skeleton/${one.dataset_png}`));
      const { width: side, height } = recorded;
      const picture = { width: one.image_hw[1], height: one.image_hw[0] };
      const random = { x: one.crop.w_start, y: one.crop.h_start };
      const cropped = referenceCrop(posesOf(one.persons), { picture, side, random });
      yield exactly(`${one.name}: where the crop lies`, [cropped.x0, cropped.y0], [one.crop.x0, one.crop.y0]);
      yield compare(
        `${one.name}: cropped poses`,
        cropped.poses.flatMap((pose) => pose.keypoints.flat()),
        posesOf(one.scaled_pose).flatMap((pose) => pose.keypoints.flat()),
        0,
      );
      yield exactly(`${one.name}: who is drawn`, cropped.poses.map(referenceDraws), one.drawn);
      const stroke = { lineWidth: set.line_width, scale: 'none', outOfFrame: 'reference' } as const;
      const hint = drawPoses(cropped.poses, { width: side, height, threshold: 0.02, ...stroke });
      yield exactly(`${one.name}: hint picture`, sha256(hint.data), one.sha256_dataset_rgb);
      yield compare(`${one.name}: hint picture as a file`, hint.data, recorded.data, 0);
      const shown = drawPoses(posesOf(one.scaled_pose), { width: side, height, threshold: 0.05, ...stroke });
      yield exactly(`${one.name}: evaluation picture`, sha256(shown.data), one.sha256_eval_rgb);
    }
    if (reference.has('01_skeleton/primitives.json')) {
      const { canvas, items } = reference.json<Primitives>('01_skeleton/primitives.json');
      const bits = reference.tensor('01_skeleton/primitives.safetensors', 'bits').data;
      const [height, width] = canvas;
      const rowBytes = bits.length / items.length / height;
      let worst = 0;
      items.forEach((item, i) => {
        const target = raster(width, height, 3);
        const white = [255, 255, 255] as const;
        if ('p0' in item) {
          drawLine(
            target,
            { x: item.p0[0], y: item.p0[1] },
            { x: item.p1[0], y: item.p1[1] },
            item.width,
            white,
          );
        } else {
          const [x, y] = item.center;
          drawDisc(target, x, y, item.radius, white);
        }
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const set = (bits[(i * height + y) * rowBytes + (x >> 3)]! >> (x & 7)) & 1;
            if (set !== (target.data[(y * width + x) * 3] ? 1 : 0)) worst++;
          }
        }
      });
      yield compare(`${items.length} lines and discs, pixels that differ`, [worst], [0], 0);
    }
    const lutFile = '01_skeleton/hint_lut.safetensors';
    const lut = reference.tensor(lutFile, 'lut');
    const grey = raster(
      lut.data.length,
      1,
      3,
      Uint8Array.from({ length: 3 * lut.data.length }, (_, i) => i / 3),
    );
    yield compare(
      'hint value of every byte',
      hintFromRaster(grey).data.slice(0, lut.data.length),
      lut.data,
      0,
    );
    const { window_of: of, window_y0: top, window_x0: left } = reference.metadata(lutFile);
    if (of !== undefined) {
      const window = reference.tensor(lutFile, 'window');
      const [height, width, channels] = window.dims as [number, number, number];
      const hint = hintOf(reference, `01_skeleton/${of}`);
      const [across, plane] = [hint.dims[3]!, hint.dims[2]! * hint.dims[3]!];
      const ours = Float32Array.from(window.data, (_, i) => {
        const cell = Math.floor(i / channels);
        const [y, x] = [Number(top) + Math.floor(cell / width), Number(left) + (cell % width)];
        return hint.data[(i % channels) * plane + y * across + x]!;
      });
      yield compare(`${width} x ${height} pixels of the hint of ${of}`, ours, window.data, 0);
    }
  },
};
