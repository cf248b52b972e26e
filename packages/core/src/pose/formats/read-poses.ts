import { StablePoseError } from '../../errors.ts';
import { openPoseJson } from './open-pose-json.ts';
import type { PoseFormat, PoseReading, PoseReadOptions } from './pose-format.ts';
import { stablePoseJson } from './stable-pose-json.ts';

/** The formats that are recognised, the most telling shape first. */
export const poseFormats: readonly PoseFormat[] = [stablePoseJson, openPoseJson];

/** The longest pose file that is read, in characters. Ten people with hands and faces need a hundredth of it. */
const longestText = 16 * 1024 * 1024;

/**
 * Reads poses from a file's text, or from parsed JSON, in whichever of `formats` its shape shows.
 * @throws invalid-pose when it is no JSON, in no known format, or its numbers cannot be poses
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
      remedy: `Known are ${formats.map(({ name }) => name).join(' and ')} JSON.`,
    });
  }
  return { ...format.read(value, options), format: format.name };
}

function parse(text: string): unknown {
  if (text.length > longestText) {
    throw new StablePoseError(
      'invalid-pose',
      `A pose file may have ${longestText} characters, got ${text.length}.`,
    );
  }
  try {
    // A byte order mark is no JSON, but editors write it.
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new StablePoseError('invalid-pose', 'The pose file is no JSON.', {
      remedy: 'Save the pose again, as JSON.',
      cause,
    });
  }
}
