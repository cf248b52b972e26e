import { StablePoseError } from '../../errors.ts';
import { faceKeypointCount, type Keypoint } from '../keypoints.ts';

/** COCO-WholeBody's points: no list of points in any format is longer. */
const mostPoints = 133;

/**
 * Points as files have them: flat triples, or a list of [x, y], [x, y, confidence] or null. Null, missing and empty are
 * none.
 * @throws invalid-pose, naming `where`
 */
export function readPoints(
  value: unknown,
  where: string,
  most: number = faceKeypointCount,
): Keypoint[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new StablePoseError('invalid-pose', `${where} must be a list of numbers.`);
  if (value.length === 0) return undefined;
  const nested = value.some((entry) => Array.isArray(entry));
  if (!nested && value.length % 3 !== 0) {
    throw new StablePoseError(
      'invalid-pose',
      `${where} must be triples of x, y and confidence, got ${value.length} numbers.`,
    );
  }
  const count = nested ? value.length : value.length / 3;
  if (count > Math.min(most, mostPoints)) {
    throw new StablePoseError('invalid-pose', `${where} has ${count} points, more than any part has.`);
  }
  return Array.from({ length: count }, (_, i): Keypoint => {
    const triple: unknown = nested ? (value[i] ?? [0, 0, 0]) : value.slice(3 * i, 3 * i + 3);
    if (!Array.isArray(triple) || triple.length < 2) {
      throw new StablePoseError('invalid-pose', `${where}: point ${i} must be x, y and confidence.`);
    }
    return readPoint(triple[0], triple[1], triple.length > 2 ? triple[2] : 1, `${where}: point ${i}`);
  });
}

/**
 * One point. A null makes it absent; scores stray a little over 1 and visibilities are 0, 1 or 2, so all above 1 is 1.
 * @throws invalid-pose, naming `where`, for what is no finite number
 */
export function readPoint(x: unknown, y: unknown, confidence: unknown, where: string): Keypoint {
  if (x === null || y === null || confidence === null) return [0, 0, 0];
  const finite = [x, y, confidence].every((part) => typeof part === 'number' && Number.isFinite(part));
  if (!finite) throw new StablePoseError('invalid-pose', `${where} must be three finite numbers.`);
  const score = Math.min(1, confidence as number);
  return score > 0 ? [x as number, y as number, score] : [0, 0, 0];
}

export function isPresent([, , confidence]: Keypoint): boolean {
  return confidence > 0;
}
