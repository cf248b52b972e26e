export { checkPoses, farthestCoordinate, type PoseCheckOptions } from './check-poses.ts';
export {
  type BodyPart,
  bodyParts,
  headLength,
  type LimbDifference,
  limbsOff,
} from './compare-poses.ts';
export { drawOpenPose, type OpenPoseDrawingOptions } from './draw-open-pose.ts';
export { type DrawingOptions, drawPoses, type OutOfFrame } from './draw-poses.ts';
export {
  drawSkeleton,
  type SkeletonDrawingOptions,
  type SkeletonStyle,
  skeletonStyles,
  skeletonSvg,
} from './draw-skeleton.ts';
export { cocoJson, cocoResultsJson, cocoWholeBodyJson } from './formats/coco-json.ts';
export { comfyUiJson } from './formats/comfy-ui-json.ts';
export { kritaSvg } from './formats/krita-svg.ts';
export { legacyEditorJson } from './formats/legacy-editor-json.ts';
export { openPoseEditorJson } from './formats/open-pose-editor-json.ts';
export {
  openPoseBody25Json,
  openPoseBody25SharesJson,
  openPoseJson,
  openPoseSharesJson,
} from './formats/open-pose-json.ts';
export type { PoseFormat, PoseReading, PoseReadOptions } from './formats/pose-format.ts';
export { poseFormats, readPoses } from './formats/read-poses.ts';
export { stablePoseJson } from './formats/stable-pose-json.ts';
export { wholeBodyJson } from './formats/whole-body-json.ts';
export { type WrittenPoses, writePoses, writtenPoseFormats } from './formats/write-poses.ts';
export { hintFromRaster, hintImage } from './hint-image.ts';
export { keypointSimilarity } from './keypoint-similarity.ts';
export {
  absentKeypoint,
  faceKeypointCount,
  handKeypointCount,
  type Keypoint,
  type KeypointName,
  keypointCount,
  keypointNames,
  type Pose,
} from './keypoints.ts';
export {
  type CroppedPoses,
  type ReferenceCrop,
  referenceCrop,
  referenceDraws,
  referenceOutOfFrame,
} from './reference-crop.ts';
export {
  type Colour,
  cocoSigmas,
  drawingThreshold,
  type Limb,
  limbs,
  maxPeople,
  mirroredKeypoint,
  statedLineWidth,
  trainingThreshold,
} from './skeleton.ts';
export { mapPose, mirrorPose, movePose, poseBounds, type Size, scalePoses } from './transform-poses.ts';
