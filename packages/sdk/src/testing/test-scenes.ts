import { type Keypoint, type Pose, type Raster, raster } from '@stable-pose/core';

/** A picture whose every pixel tells where it is: red grows to the right, green downwards, blue is a checkerboard. */
export function markedPicture(width: number, height: number): Raster {
  const picture = raster(width, height, 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      picture.data.set(
        [
          Math.floor((255 * x) / width),
          Math.floor((255 * y) / height),
          ((x >> 3) + (y >> 3)) % 2 === 0 ? 40 : 200,
        ],
        (y * width + x) * 3,
      );
    }
  }
  return picture;
}

/** One colour. */
export function plainPicture(width: number, height: number, colour: readonly number[]): Raster {
  const picture = raster(width, height, colour.length === 4 ? 4 : 3);
  for (let i = 0; i < width * height; i++) picture.data.set(colour, i * picture.channels);
  return picture;
}

/** White within, black at the border, soft between: an ellipse that touches every side. */
export function softEllipse(width: number, height: number): Raster {
  const mask = raster(width, height, 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = Math.hypot((2 * (x + 0.5)) / width - 1, (2 * (y + 0.5)) / height - 1);
      mask.data[y * width + x] = Math.round(255 * Math.min(1, Math.max(0, (1 - distance) * 4)));
    }
  }
  return mask;
}

/** Shares of a box, COCO's order: a person who stands, seen from the front, the left arm raised. */
const standing: readonly (readonly [number, number])[] = [
  [0.5, 0.1],
  [0.53, 0.08],
  [0.47, 0.08],
  [0.57, 0.1],
  [0.43, 0.1],
  [0.65, 0.24],
  [0.35, 0.24],
  [0.8, 0.14],
  [0.28, 0.38],
  [0.86, 0.02],
  [0.26, 0.5],
  [0.6, 0.52],
  [0.4, 0.52],
  [0.62, 0.74],
  [0.38, 0.74],
  [0.63, 0.96],
  [0.37, 0.96],
];

/** A standing person who fills a box. @param absent indices of keypoints that are not there */
export function standingPose(
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  absent: readonly number[] = [],
): Pose {
  const keypoints = standing.map(([x, y], index): Keypoint => {
    return absent.includes(index) ? [0, 0, 0] : [box.x + x * box.width, box.y + y * box.height, 1];
  });
  return { keypoints };
}
