import { describeConformance, engineChecks, StubEngine } from '@stable-pose/sdk/testing';
import { describe, it } from 'vitest';

const framework = { describe, it };

describeConformance(framework, 'the stub engine', engineChecks, () => {
  const engine = new StubEngine({ limits: { count: 4, steps: 100 } });
  return { engine, dispose: () => engine.dispose() };
});

describeConformance(framework, 'a stub engine that finds nobody', engineChecks, () => {
  const engine = new StubEngine({ canDetectPose: false, canMatte: false });
  return { engine, dispose: () => engine.dispose() };
});
