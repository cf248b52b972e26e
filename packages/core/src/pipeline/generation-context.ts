import type { AdapterSource, ModelConfig } from '../contract/index.ts';
import type { TextConditioning } from '../denoise/index.ts';
import type { NoiseSchedule } from '../scheduler/index.ts';
import type { ModelParts } from './model-parts.ts';
import type { ProgressClock } from './progress-clock.ts';
import type { ResolvedRequest } from './resolve-request.ts';

/** What every station of one generation works with. */
export interface GenerationContext {
  readonly config: ModelConfig;
  readonly adapters: ReadonlyMap<string, AdapterSource>;
  readonly parts: ModelParts;
  readonly schedule: NoiseSchedule;
  readonly clock: ProgressClock;
  readonly signal: AbortSignal | undefined;
  /** The request as a whole; stations are given what they draw. */
  readonly request: ResolvedRequest;
  readonly text: TextConditioning;
}
