import { type Raster, raster, withChannels } from './raster.ts';
import { resizeRaster } from './resize.ts';

/** Pixels of the small picture around each that its line is fitted to. */
const radius = 2;
/** How much contrast (in squares of 0..1) counts as a contour. */
const epsilon = 1e-3;

/**
 * Enlarges a mask along a picture's contours: the fast guided filter (He and Sun, arXiv 1505.00996) with the picture's
 * brightness I as guide. Around each pixel of the small picture mask = a I + b by least squares; the means of a and b,
 * enlarged, are applied to the large picture. Where the mask is plain, so is the result. Only resized when the picture is no
 * larger than 1.25 times the mask: then the mask knows its contours itself.
 *
 * @param mask one channel, of the size of `small`
 * @param small the picture that the mask was made from
 * @param picture the same picture at the wanted size
 */
export function guidedUpsample(mask: Raster, small: Raster, picture: Raster): Raster {
  const { width, height } = picture;
  const enlarged = resizeRaster(mask, width, height, 'bilinear');
  if (Math.max(width / small.width, height / small.height) <= 1.25) return enlarged;
  const guide = Float32Array.from(withChannels(small, 1).data, (value) => value / 255);
  const values = Float32Array.from(mask.data, (value) => value / 255);
  const mean = (of: Float32Array) => boxMean(of, small.width, small.height);
  const times = (a: Float32Array, b: Float32Array) => a.map((value, i) => value * b[i]);
  const [meanI, meanP] = [mean(guide), mean(values)];
  const [meanII, meanIP] = [mean(times(guide, guide)), mean(times(guide, values))];
  const slope = meanII.map((ii, i) => (meanIP[i] - meanI[i] * meanP[i]) / (ii - meanI[i] ** 2 + epsilon));
  const shift = meanP.map((p, i) => p - slope[i] * meanI[i]);
  const a = enlarge(mean(slope), small, width, height);
  const b = enlarge(mean(shift), small, width, height);
  const brightness = withChannels(picture, 1).data;
  const out = raster(width, height, 1);
  for (let i = 0; i < out.data.length; i++) {
    const value = (a[i] * brightness[i]) / 255 + b[i];
    // What is plainly in or out stays so: the line is for contours.
    const plain = enlarged.data[i] <= 2 || enlarged.data[i] >= 253;
    out.data[i] = plain ? enlarged.data[i] : Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return out;
}

/** Mean over the square of 2 radius + 1, cut at the border. */
function boxMean(values: Float32Array, width: number, height: number): Float32Array {
  const along = (from: Float32Array, length: number, count: number, step: number, lineStep: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < count; line++) {
      for (let i = 0; i < length; i++) {
        const [first, last] = [Math.max(0, i - radius), Math.min(length - 1, i + radius)];
        let sum = 0;
        for (let j = first; j <= last; j++) sum += from[line * lineStep + j * step];
        to[line * lineStep + i * step] = sum / (last - first + 1);
      }
    }
    return to;
  };
  return along(along(values, width, height, 1, width), height, width, width, 1);
}

/** Bilinear, in floating point: slopes are no bytes. */
function enlarge(values: Float32Array, from: Raster, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height);
  const place = (i: number, to: number, size: number) => {
    const at = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / to - 0.5));
    const low = Math.min(size - 1, Math.floor(at));
    return { low, high: Math.min(size - 1, low + 1), share: at - low };
  };
  const columns = Array.from({ length: width }, (_, x) => place(x, width, from.width));
  for (let y = 0; y < height; y++) {
    const { low, high, share } = place(y, height, from.height);
    for (let x = 0; x < width; x++) {
      const column = columns[x];
      const row = (at: number) =>
        values[at * from.width + column.low] * (1 - column.share) +
        values[at * from.width + column.high] * column.share;
      out[y * width + x] = row(low) * (1 - share) + row(high) * share;
    }
  }
  return out;
}
