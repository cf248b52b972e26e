import { describeConformance, hostChecks } from '@stable-pose/sdk/testing';
import { describe, it } from 'vitest';
import { figmaBench } from './support/figma-bench.ts';

describeConformance({ describe, it }, 'Figma host', hostChecks, () => figmaBench());
