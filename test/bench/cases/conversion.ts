import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { convert } from '@stable-pose/models';
import type { BenchCase } from '../bench-case.ts';
import { fullSizePair } from '../full-size-pair.ts';

export const conversionCases: readonly BenchCase[] = [
  {
    name: 'convert',
    what: 'converting the fp32 pair to fp16 for publishing, without the parity check',
    full: true,
    limits: { residentBytes: 1.5e9 },
    run: async (bench) => {
      const pair = await fullSizePair(bench.folder, 'fp32');
      const out = join(bench.folder, 'converted');
      await bench.begin();
      const begin = performance.now();
      try {
        await convert({
          source: { path: pair.model },
          adapter: { path: pair.adapter },
          out,
          precision: 'fp16',
          overwrite: true,
        });
        await bench.end();
        return [(performance.now() - begin) / 1000];
      } finally {
        await rm(out, { recursive: true, force: true });
      }
    },
  },
];
