import type { PoseScore, StablePoseError } from '@stable-pose/core';
import type { JobState, Priority } from '@stable-pose/sdk/remote';

/** A job as it is kept. Times in ms since 1970. */
export interface JobRecord {
  readonly id: string;
  /** Who asked: the client's own name for itself, or its address. */
  readonly client: string;
  readonly priority: Priority;
  readonly state: JobState;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  /** How often it was begun; more than once only when the server ended in the middle. */
  readonly attempts: number;
  readonly prompt: string;
  /** Where its idempotency key stands, so that both go together. */
  readonly key?: string;
  readonly result?: ResultRecord;
  readonly error?: ReturnType<StablePoseError['toJSON']>;
}

export interface ResultRecord {
  readonly pictures: readonly PictureRecord[];
  readonly timings: Readonly<Record<string, number>>;
}

/** The PNG lies beside the store, under the job's id and {@link pictureName}. */
export interface PictureRecord {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly hasHint: boolean;
  readonly score?: PoseScore;
  /** With best-of: what it was chosen from, best first. */
  readonly others?: readonly PictureRecord[];
  readonly warnings: readonly string[];
  /** The resolved request without the pictures that it held. */
  readonly request: Readonly<Record<string, unknown>>;
}

export function isFinal(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}
