import type { CheckGroup } from './check.ts';
import { loss } from './checks/loss.ts';
import { masks } from './checks/masks.ts';
import { metrics } from './checks/metrics.ts';
import { schedule } from './checks/schedule.ts';
import { skeleton } from './checks/skeleton.ts';

/** In the order of a set's folders. */
export const checkGroups: readonly CheckGroup[] = [skeleton, masks, schedule, loss, metrics];
