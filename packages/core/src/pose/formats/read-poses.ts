import { StablePoseError } from '../../errors.ts';
import { cocoJson, cocoResultsJson } from './coco-json.ts';
import { comfyUiJson } from './comfy-ui-json.ts';
import { kritaSvg } from './krita-svg.ts';
import { legacyEditorJson } from './legacy-editor-json.ts';
import { openPoseEditorJson } from './open-pose-editor-json.ts';
import { openPoseJson } from './open-pose-json.ts';
import type { PoseFormat, PoseReading, PoseReadOptions } from './pose-format.ts';
import { stablePoseJson } from './stable-pose-json.ts';
import { wholeBodyJson } from './whole-body-json.ts';

/** The formats that are recognised, each by a shape that no other has. */
export const poseFormats: readonly PoseFormat[] = [
  stablePoseJson,
  openPoseJson,
  comfyUiJson,
  openPoseEditorJson,
  legacyEditorJson,
  cocoJson,
  cocoResultsJson,
  wholeBodyJson,
  kritaSvg,
];

/** The longest pose file that is read, in characters. Ten people with hands and faces need a hundredth of it. */
const longestText = 16 * 1024 * 1024;

/**
 * Reads poses from a file's text, or from parsed JSON, in whichever of `formats` its shape shows.
 * @throws invalid-pose when it is neither JSON nor XML, in no known format, or its numbers cannot be poses
 */
export function readPoses(
  source: unknown,
  options: PoseReadOptions & { readonly formats?: readonly PoseFormat[] } = {},
): PoseReading & { readonly format: string } {
  const formats = options.formats ?? poseFormats;
  const value = typeof source === 'string' ? parse(source) : source;
  const format = formats.find((candidate) => candidate.detect(value));
  if (format === undefined) {
    throw new StablePoseError('invalid-pose', 'The pose is in no known format.', {
      remedy: `Known are ${formats.map(({ name }) => name).join(', ')}.`,
    });
  }
  return { ...format.read(value, options), format: format.name };
}

/** Parsed JSON, or XML's text as it is. */
function parse(text: string): unknown {
  if (text.length > longestText) {
    throw new StablePoseError(
      'invalid-pose',
      `A pose file may have ${longestText} characters, got ${text.length}.`,
    );
  }
  // A byte order mark is no JSON, but editors write it.
  const bare = text.replace(/^\uFEFF/, '');
  if (/^\s*</.test(bare)) return bare;
  try {
    return JSON.parse(bare) as unknown;
  } catch (cause) {
    throw new StablePoseError('invalid-pose', 'The pose file is no JSON, and no SVG either.', {
      remedy: 'Save the pose again.',
      cause,
    });
  }
}
