import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { mulberry } from './mulberry.ts';

export interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The folder of starting files; an input that breaks something is kept there. */
  readonly corpus: string;
}

export interface FuzzReport {
  readonly runs: number;
  /** Inputs that were poses after all, and those that were refused with a code. */
  readonly read: number;
  readonly refused: number;
  readonly slowestMs: number;
}

/** No input of the fuzzer's size may take longer: a second is a hundred times what the slowest takes. */
const slowestAllowedMs = 1000;

/**
 * Feeds broken pose files to the readers for some seconds. Whatever comes, they give poses that pass their own check, draw,
 * and survive being written and read again, or they refuse with `invalid-pose`; nothing else, and quickly.
 * @throws when something else happens, after keeping the input in the corpus
 */
export function fuzzPose({ seconds, seed, corpus }: FuzzOptions): FuzzReport {
  const random = mulberry(seed);
  const texts = readdirSync(corpus).map((name) => readFileSync(join(corpus, name), 'utf8'));
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  let read = 0;
  let slowestMs = 0;
  while (performance.now() < end) {
    const text = mutated(texts, random);
    const start = process.cpuUsage();
    try {
      if (holds(text)) read++;
      // Processor time: a busy machine must not look like a slow reader.
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > slowestAllowedMs) throw new Error(`Reading took ${took} ms.`);
      slowestMs = Math.max(slowestMs, took);
    } catch (cause) {
      const name = `found-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.json`;
      writeFileSync(join(corpus, name), text);
      throw new Error(`A pose file broke the reader (seed ${seed}, kept as ${name}).`, { cause });
    }
    runs++;
  }
  return { runs, read, refused: runs - read, slowestMs };
}

const size = { width: 64, height: 64 };

/** Whether the text was read; throws when a promise is broken. */
function holds(text: string): boolean {
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

/** Values that readers tend to trip over. */
const oddValues: readonly unknown[] = [
  null,
  true,
  '',
  '1',
  'NaN',
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  1e-320,
  1e308,
  -1e308,
  4294967296,
  999999.5,
  [],
  {},
  [[]],
  [null],
  [0, 0, 0],
  [1, 1, 1],
  { length: 54 },
  { keypoints: [] },
];

const oddTexts: readonly string[] = [
  '1e999',
  '-1e999',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  '\\u0000',
  'null',
  '-',
  '0',
  '<',
  '>',
  '&a;',
  '<!DOCTYPE a [<!ENTITY a "b">]>',
  'transform="scale(1e200)"',
  'transform="rotate(7 1 2)"',
  'id="P99_J17"',
];

function mutated(texts: readonly string[], random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  let text = pick(texts);
  if (random() < 0.7) {
    try {
      let value: unknown = JSON.parse(text);
      for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
        value = mutatedValue(value, random, pick(texts));
      }
      return JSON.stringify(value) ?? 'null';
    } catch {
      // A starting file that is no JSON is changed as text.
    }
  }
  for (let left = 1 + Math.floor(random() * 6); left > 0; left--) {
    const at = Math.floor(random() * (text.length + 1));
    const length = Math.floor(random() ** 3 * Math.min(200, text.length));
    const kind = Math.floor(random() * 4);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + length);
    else if (kind === 1) text = text.slice(0, at) + pick(oddTexts) + text.slice(at + length);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    else text = text.slice(0, at) + pick(texts).slice(0, length) + text.slice(at);
  }
  return text;
}

/** Changes one place of a JSON value, found by walking down at random. */
function mutatedValue(value: unknown, random: () => number, other: string): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  if (Array.isArray(value) && value.length > 0 && random() < 0.85) {
    const list: unknown[] = [...value];
    const at = Math.floor(random() * list.length);
    const kind = random();
    if (kind < 0.1) list.splice(at, 1 + Math.floor(random() * 3));
    else if (kind < 0.2) list.splice(at, 0, ...list.slice(at, at + 1 + Math.floor(random() * 8)));
    else list[at] = mutatedValue(list[at], random, other);
    return list;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.85) {
    const record: Record<string, unknown> = { ...value };
    const keys = Object.keys(record);
    if (keys.length > 0) {
      const key = pick(keys);
      const kind = random();
      if (kind < 0.1) delete record[key];
      else if (kind < 0.2) record[pick(keys)] = record[key];
      else record[key] = mutatedValue(record[key], random, other);
      return record;
    }
  }
  if (typeof value === 'number' && random() < 0.5) {
    return pick([value * 1000, -value, value / 1000, value + 0.5, Math.trunc(value), value - 1000]);
  }
  if (random() < 0.1) {
    try {
      return JSON.parse(other) as unknown;
    } catch {
      return other.slice(0, 20);
    }
  }
  return pick(oddValues);
}
