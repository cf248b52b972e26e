import type { BenchCase } from './bench-case.ts';
import { chromiumCases } from './cases/chromium.ts';
import { conversionCases } from './cases/conversion.ts';
import { figmaCases } from './cases/figma.ts';
import { figurineCases } from './cases/figurine.ts';
import { freshCloneCases } from './cases/fresh-clone.ts';
import { fullSizeCases } from './cases/full-size.ts';
import { guidedStepCases } from './cases/guided-step.ts';
import { manyPicturesCases } from './cases/many-pictures.ts';
import { poseCases } from './cases/pose.ts';
import { serverCases } from './cases/server.ts';
import { workersCases } from './cases/workers.ts';

/** In the order of the table. */
export const benchCases: readonly BenchCase[] = [
  ...poseCases,
  ...figurineCases,
  ...chromiumCases,
  ...figmaCases,
  ...manyPicturesCases,
  ...serverCases,
  ...workersCases,
  ...guidedStepCases,
  ...fullSizeCases,
  ...conversionCases,
  ...freshCloneCases,
];
