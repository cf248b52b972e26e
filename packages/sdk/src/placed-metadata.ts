import {
  checkPoses,
  type GenerationRequestInput,
  movePose,
  type Pose,
  parseRequest,
  type Rectangle,
  StablePoseError,
  scalePoses,
} from '@stable-pose/core';
import type { HostGeneration, PictureSource } from './host-generation.ts';

/**
 * What a placed picture carries so that it can be made again, next week, with a moved arm. Pictures that went into the
 * request are not kept: they are read from the canvas again.
 */
export interface PlacedMetadata {
  readonly format: 'stable-pose-picture';
  readonly version: 1;
  /** Makes this picture: of the drawn size, poses in its pixels, without `image` and `mask`. */
  readonly request: GenerationRequestInput;
  /** Canvas pixels, at the time of placing. */
  readonly area: Rectangle;
  /** Canvas pixels, at the time of placing. */
  readonly poses: readonly Pose[];
  readonly from: PictureSource;
  readonly strength?: number;
  readonly padding?: number;
  readonly feather?: number;
  readonly resolution?: 'model' | 'canvas' | number;
  readonly cutOut: boolean;
  /** It shows inside a shape only, and its alpha is that shape. */
  readonly isShaped?: boolean;
}

const format = 'stable-pose-picture';

/** @throws limit-exceeded above `limitBytes` of UTF-8 */
export function writePlacedMetadata(metadata: PlacedMetadata, limitBytes?: number): string {
  const { image: _image, mask: _mask, repose: _repose, ...request } = metadata.request;
  const text = JSON.stringify({ ...metadata, request });
  const bytes = new TextEncoder().encode(text).length;
  if (limitBytes !== undefined && bytes > limitBytes) {
    throw new StablePoseError(
      'limit-exceeded',
      `What makes this picture takes ${bytes} bytes, and the host keeps ${limitBytes} with a picture.`,
      { remedy: 'Shorten the prompt.', details: { bytes, limitBytes } },
    );
  }
  return text;
}

/** @throws invalid-input when it is not ours, is of a newer version, or was damaged */
export function readPlacedMetadata(text: string): PlacedMetadata {
  let value: Partial<PlacedMetadata> | null;
  try {
    value = JSON.parse(text) as Partial<PlacedMetadata> | null;
  } catch (cause) {
    throw unreadable('it is no JSON', cause);
  }
  if (typeof value !== 'object' || value === null || value.format !== format) {
    throw unreadable(`it has no "format": "${format}"`);
  }
  if (value.version !== 1) throw unreadable(`it is of version ${JSON.stringify(value.version)}, not 1`);
  const { area, from } = value;
  const isArea =
    area !== undefined && [area.x, area.y, area.width, area.height].every(Number.isInteger) && area.width > 0;
  if (!isArea) throw unreadable('its area is no rectangle');
  if (from !== 'words' && from !== 'picture' && from !== 'selection')
    throw unreadable('its source is unknown');
  try {
    parseRequest(value.request);
    checkPoses(value.poses as readonly Pose[], { allowNobody: true });
  } catch (error) {
    throw unreadable(StablePoseError.from(error).message, error);
  }
  return value as PlacedMetadata;
}

/**
 * What {@link generateIntoHost} needs to make a placed picture again.
 * @param area where the picture lies now: people move and scale things
 * @param poses canvas pixels; the kept ones, moved with the picture, when absent
 */
export function repeatPlaced(
  metadata: PlacedMetadata,
  area: Rectangle,
  poses?: readonly Pose[],
): Pick<
  HostGeneration,
  'request' | 'from' | 'strength' | 'padding' | 'feather' | 'resolution' | 'cutOut' | 'keepsShape'
> {
  const { request, from, strength, padding, feather, resolution, cutOut, isShaped } = metadata;
  return {
    request: { ...request, poses: [...(poses ?? moveWithArea(metadata.poses, metadata.area, area))] },
    from,
    cutOut,
    ...(strength === undefined ? {} : { strength }),
    ...(padding === undefined ? {} : { padding }),
    ...(feather === undefined ? {} : { feather }),
    ...(resolution === undefined ? {} : { resolution }),
    ...(isShaped ? { keepsShape: true } : {}),
  };
}

/** Poses that lay on one rectangle, on another one. */
export function moveWithArea(poses: readonly Pose[], from: Rectangle, to: Rectangle): readonly Pose[] {
  const atOrigin = poses.map((pose) => movePose(pose, -from.x, -from.y));
  return scalePoses(atOrigin, from, to, 'stretch').map((pose) => movePose(pose, to.x, to.y));
}

function unreadable(why: string, cause?: unknown): StablePoseError {
  return new StablePoseError('invalid-input', `What is kept with the picture cannot be read: ${why}.`, {
    remedy: 'Write the prompt anew, or use the version that made it.',
    cause,
  });
}
