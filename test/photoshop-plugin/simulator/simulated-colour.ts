/** Samples of a document back to sRGB, 0 to 1: the simulator's own reading of what was written, not the plug-in's. */
export function toSrgb(mode: string, depth: number, samples: readonly number[]): readonly number[] {
  const full = depth === 8 ? 255 : depth === 16 ? 32768 : 1;
  const shares = samples.map((value) => value / full);
  if (mode === 'RGBColorMode') return depth === 32 ? shares.map(encoded) : shares;
  if (mode === 'grayscaleMode') {
    const value = encoded(depth === 32 ? shares[0] : shares[0] ** 2.2);
    return [value, value, value];
  }
  const [l, a, b] = [shares[0] * 100, shares[1] * 255 - 128, shares[2] * 255 - 128];
  const fy = (l + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map((f) =>
    f ** 3 > 216 / 24389 ? f ** 3 : (116 * f - 16) / (24389 / 27),
  );
  const [X, Y, Z] = [x * 0.96422, y, z * 0.82521];
  // D50 to linear sRGB, Bradford-adapted (the inverse of the ICC sRGB profile's matrix).
  return [
    3.1338561 * X - 1.6168667 * Y - 0.4906146 * Z,
    -0.9787684 * X + 1.9161415 * Y + 0.033454 * Z,
    0.0719453 * X - 0.2289914 * Y + 1.4052427 * Z,
  ].map(encoded);
}

function encoded(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * Math.max(0, linear) ** (1 / 2.4) - 0.055;
  return Math.min(1, Math.max(0, value));
}
