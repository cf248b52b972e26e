import type { CheckGroup } from './check.ts';
import { checkpoints } from './checks/checkpoints.ts';
import { loss } from './checks/loss.ts';
import { masks } from './checks/masks.ts';
import { metrics } from './checks/metrics.ts';
import { adapterAndUnet, blocks, pmsa, text, vae } from './checks/networks.ts';
import { prepareWeights } from './checks/prepare-weights.ts';
import { samplers } from './checks/samplers.ts';
import { schedule } from './checks/schedule.ts';
import { skeleton } from './checks/skeleton.ts';

/** In the order of a set's folders; 06_unet goes with 05_adapter, whose residuals it takes. */
export const checkGroups: readonly CheckGroup[] = [
  skeleton,
  masks,
  pmsa,
  blocks,
  adapterAndUnet,
  vae,
  text,
  schedule,
  samplers,
  loss,
  metrics,
  prepareWeights,
  checkpoints,
];
