import type { Rectangle } from '@stable-pose/core';
import type { MetricKeypoints } from '../metrics/pose-set.ts';

/** One picture of a data set, or one frame of a video in it. */
export interface DatasetPicture {
  /** Unique within the set; with `/` between parts, without a file ending. */
  readonly name: string;
  /** The picture's file. */
  readonly file: string;
  /** What the set says is to be seen; empty where it says nothing. */
  readonly prompt: string;
  /** The video that a frame comes from. */
  readonly video?: string;
  /** Where people are, in pixels, where the set says so but not how they stand. */
  readonly boxes?: readonly Rectangle[];
  /**
   * The people's keypoints in pixels of the file, absent ones as `[-1, -1, 0]`. Not there in sets of plain video: see
   * `prepareDataset`.
   * @throws file-not-found, checkpoint-corrupt, invalid-input
   */
  readonly poses?: () => Promise<readonly MetricKeypoints[]>;
}

export interface Dataset {
  /** As people call it: "Human-Art". */
  readonly name: string;
  readonly layout: DatasetLayout;
  /** In the set's own order. */
  readonly pictures: readonly DatasetPicture[];
}

export const datasetLayouts = [
  'map-file',
  'human-art',
  'ubc-fashion',
  'davis',
  'dance-track',
  'frames',
] as const;
export type DatasetLayout = (typeof datasetLayouts)[number];

/** The parts that sets are shipped in. */
export const datasetSplits = ['training', 'validation', 'test'] as const;
export type DatasetSplit = (typeof datasetSplits)[number];

export interface ReadDatasetOptions {
  /** Which part of it. Default: what is there, training first. */
  readonly split?: DatasetSplit;
  /** Of videos, every so many frames. Default 1. */
  readonly everyFrame?: number;
}
