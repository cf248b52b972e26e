import { type AveragePrecision, averagePrecision } from './average-precision.ts';
import { cosineSimilarity } from './cosine-similarity.ts';
import { objectKeypointSimilarity } from './keypoint-similarity.ts';
import { peopleCountError } from './people-count-error.ts';
import { boundingArea, type EvaluatedPicture } from './pose-set.ts';

export interface PoseMetrics {
  /** Average precision by object keypoint similarity: the paper's AP. */
  readonly distance: AveragePrecision;
  /** The same by weighted cosine similarity: the paper's CAP, others' SAP. */
  readonly similarity: AveragePrecision;
  /** People count error. */
  readonly pce: number;
}

export interface EvaluatePosesOptions {
  /** Keep the released code's slips, so that figures compare with published ones. Default: corrected. */
  readonly asReleased?: boolean;
}

/** All pose metrics of the paper's table over a set of pictures. */
export function evaluatePoses(
  pictures: readonly EvaluatedPicture[],
  options: EvaluatePosesOptions = {},
): PoseMetrics {
  const { asReleased = false } = options;
  return {
    distance: averagePrecision(
      pictures,
      (asked, found) =>
        objectKeypointSimilarity(asked, found, boundingArea(asked, { presentOnly: !asReleased })),
      { asReleased },
    ),
    similarity: averagePrecision(
      pictures,
      (asked, found) => cosineSimilarity(asked, found, { weighted: true, asReleased }),
      { asReleased },
    ),
    pce: peopleCountError(pictures, { asReleased }),
  };
}
