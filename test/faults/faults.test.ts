import { afterEach, describe, expect, it } from 'vitest';
import { redisProgram } from '../support/redis.ts';
import { FaultRig } from './fault-rig.ts';
import { faultRound } from './fault-round.ts';
import { faults } from './faults.ts';

/** `npm run faults` does it ten times with 200 jobs. */
const [rounds, jobs] = process.env.STABLE_POSE_SLOW_TESTS ? [3, 100] : [1, 30];

describe.skipIf(redisProgram === undefined)(`${jobs} jobs over server, Redis and workers`, () => {
  let rig: FaultRig | undefined;
  afterEach(() => rig?.close());

  it.each(faults)('lose none and do none twice: $what', { timeout: 600_000 }, async (fault) => {
    rig = await FaultRig.start();
    if (fault.isPossible?.(rig) === false) {
      console.warn(`SKIPPED: ${fault.what}: small disks cannot be mounted here.`);
      return;
    }
    for (let round = 0; round < rounds; round++) {
      const { lost, twice } = await faultRound(rig, fault, { jobs, round });
      expect({ lost, twice }).toEqual({ lost: [], twice: [] });
    }
  });
});
