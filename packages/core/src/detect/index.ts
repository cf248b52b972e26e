export { cutOut } from './cut-out.ts';
export { createHeatMapDetector, type HeatMapDetectorOptions } from './heat-map-detector.ts';
export { createMoveNetDetector, type MoveNetDetectorOptions } from './movenet-detector.ts';
export { createPersonMatter, type PersonMatterOptions } from './network-matter.ts';
export { guessConfidence, neutralPose } from './neutral-pose.ts';
export type { MatteOptions, PersonMatter } from './person-matter.ts';
export type { DetectedPerson, DetectOptions, PoseDetector } from './pose-detector.ts';
