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
export { type ClipEmbedderOptions, createClipEmbedder } from './features/clip-embedder.ts';
export type { FeatureNetwork, Features } from './features/feature-network.ts';
export { createInceptionNetwork, type InceptionNetworkOptions } from './features/inception-network.ts';
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
export { type AskedGarment, type ColourVerdict, garmentColours } from './metrics/garment-colour.ts';
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
export type { Ceiling, KnownCeiling } from './report/ceiling.ts';
export type { ColourFigures } from './report/colour-figures.ts';
export {
  type EvaluationReport,
  evaluationReport,
  type ReportFacts,
  type ReportPicture,
} from './report/evaluation-report.ts';
export type { Figures, Measured, RulerFigures } from './report/figures.ts';
export { reportPage } from './report/report-page.ts';
export { type TrainingBudget, trainingBudgetOf } from './report/training-budget.ts';
export { type CompareFeaturesOptions, compareFeatures } from './run/compare-features.ts';
export {
  type EvaluationEntry,
  evaluationListSchema,
  parseEvaluationList,
  readEvaluationList,
} from './run/evaluation-list.ts';
export { type ListFromDatasetOptions, listFromDataset } from './run/list-from-dataset.ts';
export type { PictureResult } from './run/picture-result.ts';
export type { FoundPerson, Reading, Ruler } from './run/ruler.ts';
export {
  type EvaluationProgress,
  fitted,
  type MakePicture,
  type RunEvaluationOptions,
  runEvaluation,
} from './run/run-evaluation.ts';
export { type ScoreWordsOptions, scoreWords } from './run/score-words.ts';
export { type MethodTableOptions, methodTable } from './table/method-table.ts';
export { type BootstrapOptions, type Difference, pairedDifference } from './table/paired-bootstrap.ts';
