import { StablePoseError } from '../../errors.ts';
import type { Pose } from '../keypoints.ts';
import type { Size } from '../transform-poses.ts';
import { cocoJson, cocoResultsJson, cocoWholeBodyJson } from './coco-json.ts';
import { comfyUiJson } from './comfy-ui-json.ts';
import { kritaSvg } from './krita-svg.ts';
import { legacyEditorJson } from './legacy-editor-json.ts';
import { openPoseEditorJson } from './open-pose-editor-json.ts';
import {
  openPoseBody25Json,
  openPoseBody25SharesJson,
  openPoseJson,
  openPoseSharesJson,
} from './open-pose-json.ts';
import type { PoseFormat } from './pose-format.ts';
import { stablePoseJson } from './stable-pose-json.ts';
import { wholeBodyJson } from './whole-body-json.ts';

/** Every form that poses can be written in. */
export const writtenPoseFormats: readonly PoseFormat[] = [
  stablePoseJson,
  openPoseJson,
  openPoseBody25Json,
  openPoseSharesJson,
  openPoseBody25SharesJson,
  comfyUiJson,
  openPoseEditorJson,
  legacyEditorJson,
  cocoJson,
  cocoWholeBodyJson,
  cocoResultsJson,
  wholeBodyJson,
  kritaSvg,
];

/** Poses as a file. */
export interface WrittenPoses {
  /** What a file holds: JSON, or SVG for `krita-svg`. */
  readonly text: string;
  readonly mediaType: 'application/json' | 'image/svg+xml';
  /** What the format could not carry, in sentences for people. */
  readonly notes: readonly string[];
}

/**
 * Poses as the text of a file.
 * @param poses checked ones, in pixels of a picture of `size`
 * @throws invalid-input when there is no format of that name
 */
export function writePoses(poses: readonly Pose[], size: Size, formatName: string): WrittenPoses {
  const format = writtenPoseFormats.find(({ name }) => name === formatName);
  if (format === undefined) {
    throw new StablePoseError('invalid-input', `There is no pose format "${formatName.slice(0, 40)}".`, {
      remedy: `There are ${writtenPoseFormats.map(({ name }) => name).join(', ')}.`,
    });
  }
  const value = format.write(poses, size);
  const notes = format.lost(poses, size);
  if (typeof value === 'string') return { text: value, mediaType: 'image/svg+xml', notes };
  return { text: `${JSON.stringify(value)}\n`, mediaType: 'application/json', notes };
}
