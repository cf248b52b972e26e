import type { ModelConfig } from '../contract/index.ts';
import type { NoiseSchedule } from '../scheduler/index.ts';
import { detailTiles } from './draw-detail.ts';
import type { ResolvedRequest } from './resolve-request.ts';
import { stepsTaken } from './sample-latents.ts';

/** Steps of all loops of a request together, for the guess of the remaining time. */
export function countSteps(
  request: ResolvedRequest,
  schedule: NoiseSchedule,
  config: ModelConfig,
  multiple: number,
): number {
  const { steps, image, repose, detail, count } = request;
  const taken = (of: number, strength?: number) => stepsTaken({ request, schedule }, of, strength);
  const fromStart = taken(steps, image?.strength);
  const changed = repose ? taken(steps, repose.strength) : undefined;
  const drawn = changed === undefined ? fromStart : changed + (repose?.picture ? 0 : fromStart);
  const tiles = detailTiles(request, config, multiple)?.tiles.length ?? 0;
  const detailed = detail ? tiles * taken(detail.steps ?? steps, detail.strength) : 0;
  return count * (drawn + detailed);
}
