/**
 * The colours of garments that the figurine's vocabulary names, sRGB 0-255, with the denims that it calls by the same names:
 * those of models/training/renderer/colours.py.
 */
export const palette = {
  red: [[204, 28, 32]],
  orange: [[240, 124, 20]],
  yellow: [[246, 212, 40]],
  green: [[40, 140, 60]],
  blue: [
    [36, 84, 204],
    [66, 100, 156],
  ],
  purple: [[118, 48, 160]],
  pink: [[244, 140, 176]],
  brown: [[112, 70, 40]],
  black: [[24, 24, 27]],
  white: [[240, 240, 238]],
  grey: [[130, 132, 136]],
  beige: [[218, 198, 164]],
  navy: [
    [24, 34, 84],
    [36, 46, 78],
  ],
  teal: [[16, 128, 132]],
  olive: [[104, 108, 44]],
  maroon: [[108, 20, 36]],
  cyan: [[92, 196, 228]],
} as const satisfies Record<string, readonly (readonly [number, number, number])[]>;

export type ColourName = keyof typeof palette;

export const colourNames = Object.keys(palette) as ColourName[];
