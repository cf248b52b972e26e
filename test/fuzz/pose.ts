import { StablePoseError } from '../../packages/core/src/errors.ts';
import {
  checkPoses,
  drawPoses,
  type Pose,
  readPoses,
  skeletonSvg,
  stablePoseJson,
  writePoses,
  writtenPoseFormats,
} from '../../packages/core/src/pose/index.ts';
import { type FuzzOptions, type FuzzReport, fuzzLoop } from './fuzz-loop.ts';
import { mutatedText } from './mutated-text.ts';

/**
 * Feeds broken pose files to the readers. Whatever comes, they give poses that pass their own check, draw, and survive being
 * written and read again, or they refuse with `invalid-pose`; nothing else, and quickly.
 */
export function fuzzPose(options: FuzzOptions): Promise<FuzzReport> {
  return fuzzLoop(options, {
    what: 'A pose file',
    ending: '.json',
    mutated: (files, random) =>
      new TextEncoder().encode(
        mutatedText(
          files.map((file) => new TextDecoder().decode(file)),
          random,
        ),
      ),
    holds,
  });
}

const size = { width: 64, height: 64 };

/** Whether the text was read; throws when a promise is broken. */
function holds(input: Uint8Array): boolean {
  const text = new TextDecoder().decode(input);
  let poses: readonly Pose[];
  try {
    poses = readPoses(text, { size }).poses;
  } catch (error) {
    if (error instanceof StablePoseError && error.code === 'invalid-pose') return false;
    throw error;
  }
  const checked = checkPoses(poses, { maxPeople: 1000, allowNobody: true });
  if (JSON.stringify(checked) !== JSON.stringify(poses)) throw new Error('The check changes what was read.');
  drawPoses(poses.slice(0, 10), size);
  drawPoses(poses.slice(0, 10), { ...size, outOfFrame: 'reference' });
  const again = stablePoseJson.read(JSON.parse(JSON.stringify(stablePoseJson.write(poses, size)))).poses;
  if (JSON.stringify(again) !== JSON.stringify(poses)) throw new Error('Our own format loses something.');
  for (const format of writtenPoseFormats) {
    const { text: written, notes } = writePoses(poses, size, format.name);
    // What is lost is said; then the file still reads, unless it shows nobody or holds places that only pixels allow.
    const lost = notes.some((note) => !note.startsWith("The picture's size"));
    let back: readonly Pose[];
    try {
      back = readPoses(written, { size }).poses;
    } catch (error) {
      if (!(error instanceof StablePoseError) || error.code !== 'invalid-pose') throw error;
      if (lost || poses.length === 0) continue;
      throw new Error(`${format.name} cannot be read back.`, { cause: error });
    }
    if (lost) continue;
    if (back.length !== poses.length) throw new Error(`${format.name} loses people.`);
    const shares = format.name.endsWith('shares');
    if (!shares && keypointsOf(back) !== keypointsOf(poses))
      throw new Error(`${format.name} moves keypoints.`);
  }
  skeletonSvg(poses.slice(0, 10), size);
  return true;
}

function keypointsOf(poses: readonly Pose[]): string {
  return JSON.stringify(poses.map((pose) => pose.keypoints));
}
