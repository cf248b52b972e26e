export type { MatteOptions, PersonMatter } from './person-matter.ts';
export type { DetectedPerson, DetectOptions, PoseDetector } from './pose-detector.ts';
