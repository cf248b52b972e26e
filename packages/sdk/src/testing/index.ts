export {
  type CheckOutcome,
  type ConformanceCheck,
  type DisposableBench,
  describeConformance,
  runConformance,
  type TestFramework,
} from './conformance.ts';
export { type EngineBench, engineChecks } from './engine-checks.ts';
export {
  type FakeDocument,
  FakeHost,
  type FakeHostOptions,
  type FakeLayer,
  type FakeProgress,
  type FakeSkeleton,
} from './fake-host.ts';
export { fakeHostBench } from './fake-host-bench.ts';
export type { HostBench, HostScene, SceneSelection } from './host-bench.ts';
export { hostChecks } from './host-checks.ts';
export { StubEngine, type StubEngineOptions, stubModel } from './stub-engine.ts';
export { markedPicture, plainPicture, softEllipse, standingPose } from './test-scenes.ts';
