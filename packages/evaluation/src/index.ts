export {
  type Dataset,
  type DatasetLayout,
  type DatasetPicture,
  type DatasetSplit,
  datasetLayouts,
  datasetSplits,
  type ReadDatasetOptions,
} from './datasets/dataset.ts';
export type { MapFile } from './datasets/map-file.ts';
export { encodePoseFile, parsePoseFile, readPoseFile } from './datasets/pose-file.ts';
export { type PreparedDataset, type PrepareOptions, prepareDataset } from './datasets/prepare-dataset.ts';
export { type OpenDatasetOptions, readDataset } from './datasets/read-dataset.ts';
export type { ExtractFrames } from './datasets/ubc-fashion.ts';
export type { FeatureNetwork, Features } from './features/feature-network.ts';
export type { TextImageEmbedder } from './features/text-image-embedder.ts';
export {
  type AveragePrecision,
  type AveragePrecisionOptions,
  averagePrecision,
} from './metrics/average-precision.ts';
export { clipScore } from './metrics/clip-score.ts';
export { type CosineSimilarityOptions, cosineSimilarity } from './metrics/cosine-similarity.ts';
export { type EvaluatePosesOptions, evaluatePoses, type PoseMetrics } from './metrics/evaluate-poses.ts';
export { frechetDistance } from './metrics/frechet-distance.ts';
export {
  type KernelDistance,
  type KernelDistanceOptions,
  kernelDistance,
  polynomialDiscrepancy,
} from './metrics/kernel-distance.ts';
export { cocoSigmas, objectKeypointSimilarity } from './metrics/keypoint-similarity.ts';
export { type PeopleCountErrorOptions, peopleCountError } from './metrics/people-count-error.ts';
export {
  type BoundingAreaOptions,
  boundingArea,
  type Detection,
  type EvaluatedPicture,
  type MetricKeypoints,
} from './metrics/pose-set.ts';
