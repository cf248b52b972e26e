import type { Raster, Rectangle } from '../image/index.ts';

/** Pieces smaller than this share of the picture are no people. */
const leastShare = 0.003;

/** Boxes around the connected pieces (four neighbours) of what is more person than not, largest first. */
export function matteBoxes(matte: Raster): Rectangle[] {
  const { width, height, data } = matte;
  const seen = new Uint8Array(data.length);
  const pieces: { box: Rectangle; size: number }[] = [];
  const stack: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (seen[start] || data[start] < 128) continue;
    let [left, top, right, bottom, size] = [width, height, 0, 0, 0];
    stack.push(start);
    seen[start] = 1;
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [x, y] = [at % width, Math.floor(at / width)];
      size += 1;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      const visit = (next: number) => {
        if (seen[next] || data[next] < 128) return;
        seen[next] = 1;
        stack.push(next);
      };
      if (x > 0) visit(at - 1);
      if (x < width - 1) visit(at + 1);
      if (y > 0) visit(at - width);
      if (y < height - 1) visit(at + width);
    }
    if (size >= leastShare * data.length) {
      pieces.push({ box: { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }, size });
    }
  }
  return pieces.sort((a, b) => b.size - a.size).map(({ box }) => box);
}
