import type { ImageSpace } from '../photoshop/imaging.ts';
import type { PhotoshopDocument } from '../photoshop/photoshop.ts';

/** How pixels are handed to a document: its own space and depth, so that nothing is left to guess. */
export interface DocumentColour {
  readonly space: ImageSpace;
  readonly depth: 8 | 16 | 32;
  /** That our pixels are in; Photoshop converts from it to the document's own. */
  readonly profile: string;
}

export const sRgbProfile = 'sRGB IEC61966-2.1';
export const greyProfile = 'Gray Gamma 2.2';
const labProfile = 'Lab D50';

const spaces: Readonly<Record<string, { readonly space: ImageSpace; readonly profile: string }>> = {
  RGBColorMode: { space: 'RGB', profile: sRgbProfile },
  grayscaleMode: { space: 'Grayscale', profile: greyProfile },
  labColorMode: { space: 'Lab', profile: labProfile },
};

const depths: Readonly<Record<string, 8 | 16 | 32>> = { bitDepth8: 8, bitDepth16: 16, bitDepth32: 32 };

const names: Readonly<Record<string, string>> = {
  CMYKColorMode: 'CMYK',
  bitmapMode: 'Bitmap',
  indexedColorMode: 'Indexed Color',
  duotoneMode: 'Duotone',
  multichannelMode: 'Multichannel',
};

/**
 * How to write into a document, or a sentence for people why nobody can and what to do. Known before any work begins, so
 * that no generation is spent on a document that cannot take it. The imaging module writes RGB, Grayscale and Lab.
 */
export function documentColour({
  mode,
  bitsPerChannel,
}: Pick<PhotoshopDocument, 'mode' | 'bitsPerChannel'>): DocumentColour | string {
  const space = spaces[mode];
  const depth = depths[bitsPerChannel];
  if (space === undefined) {
    return `Pictures cannot be placed in a document in ${names[mode] ?? mode}. Choose Image > Mode > RGB Color, or work in a copy that is RGB.`;
  }
  if (depth === undefined) {
    return `Pictures cannot be placed in a document of this depth (${bitsPerChannel}). Choose Image > Mode > 8 Bits/Channel.`;
  }
  return { ...space, depth };
}
