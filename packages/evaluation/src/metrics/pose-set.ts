/** Seventeen COCO keypoints, `[x, y, confidence]` each, in pixels. An absent joint of the asked pose is `[-1, -1, 0]`. */
export type MetricKeypoints = readonly (readonly [x: number, y: number, confidence: number])[];

/** A person that a detector found. */
export interface Detection {
  readonly keypoints: MetricKeypoints;
  /** Detector's score, any scale; only the order counts. */
  readonly score: number;
}

/** One picture: the poses that were asked for, and the people that were found. */
export interface EvaluatedPicture {
  readonly asked: readonly MetricKeypoints[];
  readonly found: readonly Detection[];
}

export interface BoundingAreaOptions {
  /** Only round the joints that are there; the released code takes the sentinels of absent joints (-1, -1) in. */
  readonly presentOnly?: boolean;
}

/** Width times height of the keypoints' bounding box in square pixels; 0 when there is no joint to bound. */
export function boundingArea(keypoints: MetricKeypoints, options: BoundingAreaOptions = {}): number {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y, confidence] of keypoints) {
    if (options.presentOnly && !(confidence > 0)) continue;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right < left ? 0 : (right - left) * (bottom - top);
}
