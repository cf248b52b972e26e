export { type AveragePrecision, averagePrecision } from './metrics/average-precision.ts';
export { type CosineSimilarityOptions, cosineSimilarity } from './metrics/cosine-similarity.ts';
export { type EvaluatePosesOptions, evaluatePoses, type PoseMetrics } from './metrics/evaluate-poses.ts';
export { cocoSigmas, objectKeypointSimilarity } from './metrics/keypoint-similarity.ts';
export { type PeopleCountErrorOptions, peopleCountError } from './metrics/people-count-error.ts';
export {
  boundingArea,
  type Detection,
  type EvaluatedPicture,
  type MetricKeypoints,
} from './metrics/pose-set.ts';
