/** The side, in pixels, of the square picture that line widths, kernels and sigmas are stated for. */
export const statedSide = 512;

/**
 * How much larger or smaller things are drawn than in a 512 x 512 picture: s = min(width, height) / 512.
 * The rule is the identity at 512 (pose/SPEC.md P9, mask/SPEC.md M8).
 */
export function pictureScale(width: number, height: number): number {
  return Math.min(width, height) / statedSide;
}

/** max(1, round(lineWidth * scale)), round half up. 10 at 512, 5 at 256. */
export function scaledLineWidth(lineWidth: number, scale: number): number {
  return Math.max(1, Math.floor(lineWidth * scale + 0.5));
}

/** The odd kernel size 2 round((k s - 1) / 2) + 1, at least 1, round half up. 23 and 13 at 512; 11 and 7 at 256. */
export function scaledKernel(kernel: number, scale: number): number {
  return Math.max(1, 2 * Math.floor((kernel * scale - 1) / 2 + 0.5) + 1);
}
