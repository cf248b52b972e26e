import { type Raster, withChannels } from '@stable-pose/core';
import type { DocumentColour } from './document-colour.ts';

export interface ColourSamples {
  readonly data: Uint8Array | Uint16Array | Float32Array;
  /** Colour, and alpha as the last one. */
  readonly components: number;
}

/** Photoshop's 16 bits run from 0 to 32768 (ps-reference/media/imaging.md). */
const full16 = 32768;

/**
 * A picture in sRGB as samples of a document: its space and depth, alpha kept and not premultiplied. 32 bits are linear
 * light; Grayscale has gamma 2.2; Lab is relative to D50, with a and b shifted by 128 of 255.
 */
export function colourSamples(picture: Raster, { space, depth }: DocumentColour): ColourSamples {
  const source = withChannels(picture, 4);
  const pixels = source.width * source.height;
  const components = space === 'Grayscale' ? 2 : 4;
  if (space === 'RGB' && depth === 8) return { data: source.data.slice(), components };
  const data = samplesOf(depth, pixels * components);
  const write = (index: number, share: number) => {
    data[index] = depth === 8 ? Math.round(share * 255) : depth === 16 ? Math.round(share * full16) : share;
  };
  for (let i = 0; i < pixels; i++) {
    const at = i * components;
    const rgb = [source.data[4 * i] / 255, source.data[4 * i + 1] / 255, source.data[4 * i + 2] / 255];
    const colour =
      space === 'RGB'
        ? depth === 32
          ? rgb.map(linear)
          : rgb
        : space === 'Grayscale'
          ? [grey(rgb, depth === 32)]
          : lab(rgb);
    for (let c = 0; c < colour.length; c++) write(at + c, colour[c]);
    write(at + components - 1, source.data[4 * i + 3] / 255);
  }
  return { data, components };
}

/** One channel as the samples of a mask: masks and selections take 8 bits in every document. */
export function maskSamples(mask: Raster): ColourSamples {
  return { data: mask.data.slice(), components: 1 };
}

function samplesOf(depth: 8 | 16 | 32, length: number): Uint8Array | Uint16Array | Float32Array {
  if (depth === 8) return new Uint8Array(length);
  return depth === 16 ? new Uint16Array(length) : new Float32Array(length);
}

/** IEC 61966-2-1. */
function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Luminance of sRGB's primaries. */
function grey(rgb: readonly number[], isLinear: boolean): number {
  const luminance = 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  return isLinear ? luminance : luminance ** (1 / 2.2);
}

/** sRGB to XYZ, adapted to D50 by Bradford's matrix (ICC sRGB profile), and CIE 1976 Lab. */
function lab(rgb: readonly number[]): readonly number[] {
  const [r, g, b] = rgb.map(linear);
  const x = 0.4360747 * r + 0.3850649 * g + 0.1430804 * b;
  const y = 0.2225045 * r + 0.7168786 * g + 0.0606169 * b;
  const z = 0.0139322 * r + 0.0971045 * g + 0.7141733 * b;
  const [fx, fy, fz] = [x / 0.96422, y, z / 0.82521].map((t) =>
    t > 216 / 24389 ? Math.cbrt(t) : (t * (24389 / 27) + 16) / 116,
  );
  return [(116 * fy - 16) / 100, clamp((500 * (fx - fy) + 128) / 255), clamp((200 * (fy - fz) + 128) / 255)];
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
