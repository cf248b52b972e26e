export { createMoveNetDetector, type MoveNetDetectorOptions } from './movenet-detector.ts';
export { guessConfidence, neutralPose } from './neutral-pose.ts';
export type { MatteOptions, PersonMatter } from './person-matter.ts';
export type { DetectedPerson, DetectOptions, PoseDetector } from './pose-detector.ts';
