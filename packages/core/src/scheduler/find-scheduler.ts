import { StablePoseError } from '../errors.ts';
import { ddim } from './ddim.ts';
import { dpmSolverPlusPlus } from './dpm-solver-plus-plus.ts';
import { dpmpp2m } from './dpmpp-2m.ts';
import { euler, eulerAncestral } from './euler.ts';
import { lcm } from './lcm.ts';
import { plms } from './plms.ts';
import { type Scheduler, type SchedulerName, schedulerNames } from './scheduler.ts';
import { uniPc } from './uni-pc.ts';

const schedulers: Readonly<Record<SchedulerName, Scheduler>> = {
  ddim,
  plms,
  'dpm-solver++': dpmSolverPlusPlus,
  'dpmpp-2m': dpmpp2m,
  unipc: uniPc,
  euler,
  'euler-ancestral': eulerAncestral,
  lcm,
};

/** @throws invalid-request when the name is none of {@link schedulerNames}. */
export function findScheduler(name: string): Scheduler {
  if (!Object.hasOwn(schedulers, name)) {
    throw new StablePoseError(
      'invalid-request',
      `The scheduler must be one of ${schedulerNames.join(', ')}, got ${JSON.stringify(name)}.`,
    );
  }
  return schedulers[name as SchedulerName];
}
