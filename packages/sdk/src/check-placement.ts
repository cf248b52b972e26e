import { StablePoseError } from '@stable-pose/core';
import { aboveLimit } from './above-limit.ts';
import { checkRectangle } from './check-rectangle.ts';
import type { HostInfo, PictureToPlace, Placement } from './host-adapter.ts';

/**
 * What {@link HostAdapter.place} is given, against what the host says of itself: for adapters, before they change anything.
 * @throws invalid-input, invalid-image, limit-exceeded, not-supported
 */
export function checkPlacement(
  { pictures, poses }: Pick<Placement, 'pictures' | 'poses'>,
  info: Pick<HostInfo, 'name' | 'capabilities' | 'limits'>,
): void {
  const { placeCount } = info.limits;
  if (pictures.length === 0)
    throw new StablePoseError('invalid-input', 'A placement has one picture or more.');
  if (placeCount !== undefined && pictures.length > placeCount)
    throw aboveLimit('A placement', pictures.length, placeCount, 'pictures');
  if (poses && info.capabilities.poses !== 'place') throw notSupported('keep skeletons', info.name);
  for (const picture of pictures) checkPicture(picture, info);
}

function checkPicture(
  { picture, area, mask, metadata, replace }: PictureToPlace,
  { name, capabilities, limits }: Pick<HostInfo, 'name' | 'capabilities' | 'limits'>,
): void {
  checkRectangle(area, 'The area of a picture');
  if (picture.channels === 1)
    throw new StablePoseError('invalid-image', 'A picture is RGB or RGBA, not grey.');
  const side = Math.max(picture.width, picture.height);
  if (limits.placeSide !== undefined && side > limits.placeSide)
    throw aboveLimit('A picture', side, limits.placeSide, 'pixels a side');
  const isOfArea = picture.width === area.width && picture.height === area.height;
  if (!capabilities.scalesPictures && !isOfArea) {
    throw new StablePoseError(
      'invalid-image',
      `A picture must have the size of its area, ${area.width} x ${area.height}, got ${picture.width} x ${picture.height}.`,
    );
  }
  if (mask && !capabilities.pictureMasks) throw notSupported('mask pictures', name);
  if (mask && (mask.channels !== 1 || mask.width !== picture.width || mask.height !== picture.height))
    throw new StablePoseError('invalid-image', 'A mask has one channel and the size of its picture.');
  if (replace !== undefined && !capabilities.replacePictures) throw notSupported('refill pictures', name);
  if (metadata === undefined) return;
  if (!capabilities.metadata) throw notSupported('keep metadata', name);
  if (limits.metadataBytes === undefined) return;
  const bytes = utf8Length(metadata);
  if (bytes > limits.metadataBytes) throw aboveLimit('Metadata', bytes, limits.metadataBytes, 'bytes');
}

function notSupported(what: string, host: string): StablePoseError {
  return new StablePoseError('not-supported', `${host} cannot ${what}.`);
}

/** Counted by hand: not every host's engine has a TextEncoder. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
