import { describeConformance, hostChecks } from '@stable-pose/sdk/testing';
import { describe, it } from 'vitest';
import { photoshopBench } from './simulator/photoshop-bench.ts';

for (const [name, mode, depth] of [
  ['RGB, 8 bits', 'RGBColorMode', 8],
  ['RGB, 16 bits', 'RGBColorMode', 16],
  ['RGB, 32 bits', 'RGBColorMode', 32],
  ['Lab, 16 bits', 'labColorMode', 16],
] as const) {
  describeConformance({ describe, it }, `Photoshop host, ${name}`, hostChecks, () =>
    photoshopBench(mode, depth),
  );
}
