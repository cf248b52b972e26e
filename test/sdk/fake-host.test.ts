import { describeConformance, fakeHostBench, hostChecks } from '@stable-pose/sdk/testing';
import { describe, it } from 'vitest';

const framework = { describe, it };

describeConformance(framework, 'the fake host', hostChecks, () => fakeHostBench());

describeConformance(framework, 'a fake host that scales pictures and can little else', hostChecks, () =>
  fakeHostBench({
    capabilities: {
      masks: false,
      pictureMasks: false,
      scalesPictures: true,
      metadata: false,
      replacePictures: false,
      newCanvas: false,
      poses: 'none',
      files: 'page',
      links: false,
    },
    limits: {},
  }),
);
