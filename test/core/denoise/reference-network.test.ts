import { describe, expect, it } from 'vitest';
import { Tolerances } from '../../conformance/check.ts';
import { samplers } from '../../conformance/checks/samplers.ts';
import { ReferenceFolder } from '../../conformance/reference-folder.ts';
import { referencePath } from '../../support/reference-set.ts';

describe('denoising with the reference network', () => {
  it('[S5] [S6] [S8] DDIM, PLMS and DPM-Solver++ pass through the recorded states', async () => {
    const reference = new ReferenceFolder(referencePath(''));
    const failed: string[] = [];
    let passed = 0;
    for await (const result of samplers.run(reference, new Tolerances(reference))) {
      if (result.status === 'pass') passed++;
      else failed.push(JSON.stringify(result));
    }
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(25);
  }, 600_000);
});
