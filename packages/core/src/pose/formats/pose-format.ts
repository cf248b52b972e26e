import { StablePoseError } from '../../errors.ts';
import type { Pose } from '../keypoints.ts';
import type { Size } from '../transform-poses.ts';

/** What a pose file says. */
export interface PoseReading {
  /** In pixels of `width` x `height` where the file says the size; else in the file's own pixels. */
  readonly poses: readonly Pose[];
  readonly width?: number;
  readonly height?: number;
  /** What was dropped or assumed, in sentences for people. */
  readonly notes: readonly string[];
}

/** What a reader of pose files is told besides the file. */
export interface PoseReadOptions {
  /** The picture's size, for files with coordinates from 0 to 1 that do not say it. */
  readonly size?: Size;
}

/**
 * Port: one way to write poses down. Values are parsed JSON or, for formats that are XML, the file's text; a format is told
 * by shape, never by a file's name.
 */
export interface PoseFormat {
  readonly name: string;
  /** Whether a value has this format's shape. Looks only as deep as it must; never throws. */
  detect(value: unknown): boolean;
  /** @throws invalid-pose when the value is of this format and its numbers cannot be poses */
  read(value: unknown, options?: PoseReadOptions): PoseReading;
  /** The poses as a JSON value (XML formats: as text). Hands and faces are written where the format has a place for them. */
  write(poses: readonly Pose[], size: Size): unknown;
  /** What {@link write} would leave out or change, in sentences for people; nothing else is lost on the way back. */
  lost(poses: readonly Pose[], size: Size): readonly string[];
}

/** The most people read from a file; those beyond are more than any picture holds, and an error. */
export const mostPeopleInFile = 1000;

/** @throws invalid-pose when a file holds more people than {@link mostPeopleInFile} */
export function checkPeopleCount(count: number): void {
  if (count > mostPeopleInFile) {
    throw new StablePoseError(
      'invalid-pose',
      `A pose file may hold at most ${mostPeopleInFile} people, got ${count}.`,
      { remedy: 'Keep those that the picture needs.' },
    );
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A picture's side as files give it: a whole or broken number of 1 or more, else undefined. */
export function sideOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1 && value <= 1_000_000
    ? value
    : undefined;
}
