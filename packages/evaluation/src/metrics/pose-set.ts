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

/** Width times height of the keypoints' bounding box in square pixels, sentinels of absent joints included. */
export function boundingArea(keypoints: MetricKeypoints): number {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of keypoints) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return (right - left) * (bottom - top);
}
