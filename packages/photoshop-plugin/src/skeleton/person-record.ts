import { checkPoses, keypointNames, type Pose } from '@stable-pose/core';
import type { Point } from './shape-commands.ts';

/**
 * What a person's group remembers: the pose as it was drawn, where its joints then lay, and which layer is which joint. From
 * it come confidence, hands and face, which have no layers, and whether it was moved or mirrored as a whole since.
 */
export interface PersonRecord {
  /** Document pixels. */
  readonly pose: Pose;
  readonly joints: readonly {
    readonly layerId: number;
    readonly index: number;
    /** Where Photoshop put it: it may round to its grid. */
    readonly place: Point;
  }[];
}

export const personProperty = 'stablePosePerson';

export function writeRecord(record: PersonRecord): string {
  return JSON.stringify({ version: 1, ...record });
}

/** Undefined for what is not ours, or was damaged. */
export function readRecord(json: string | undefined): PersonRecord | undefined {
  if (json === undefined) return undefined;
  try {
    const { version, pose, joints } = JSON.parse(json) as PersonRecord & { readonly version: number };
    if (version !== 1 || !Array.isArray(joints)) return undefined;
    const isSound = joints.every(
      ({ layerId, index, place }) =>
        Number.isInteger(layerId) &&
        index >= 0 &&
        index < keypointNames.length &&
        place.every(Number.isFinite),
    );
    return isSound ? { pose: checkPoses([pose])[0], joints } : undefined;
  } catch {
    return undefined;
  }
}
