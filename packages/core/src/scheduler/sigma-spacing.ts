import { type NoiseSchedule, sigmaOf } from './noise-schedule.ts';

/** How the noise levels of a run are spread: evenly in time, or by a rule on sigma = sqrt((1 - a) / a). */
export const sigmaSpacings = ['uniform', 'karras', 'exponential'] as const;
/** One of {@link sigmaSpacings}. */
export type SigmaSpacing = (typeof sigmaSpacings)[number];

/** Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", section 5: rho = 7. */
const rho = 7;

/** `count` sigmas falling from `max` to `min`; a single one is `max`. */
export function spacedSigmas(
  spacing: Exclude<SigmaSpacing, 'uniform'>,
  count: number,
  max: number,
  min: number,
): number[] {
  const ramp = Array.from({ length: count }, (_, i) => (count === 1 ? 0 : i / (count - 1)));
  if (spacing === 'karras') {
    const high = max ** (1 / rho);
    const low = min ** (1 / rho);
    return ramp.map((share) => (high + share * (low - high)) ** rho);
  }
  const high = Math.log(max);
  const low = Math.log(min);
  return ramp.map((share) => Math.exp(high + share * (low - high)));
}

const logSigma = (schedule: NoiseSchedule, timestep: number) =>
  Math.log(sigmaOf(schedule.alphasCumprod[timestep]));

/** The fractional timestep whose sigma this is, by linear interpolation of ln sigma; 0 to T - 1, clamped. */
export function timestepOfSigma(schedule: NoiseSchedule, sigma: number): number {
  const target = Math.log(sigma);
  let low = 0;
  let high = schedule.timesteps - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (logSigma(schedule, middle) <= target) low = middle;
    else high = middle;
  }
  const from = logSigma(schedule, low);
  const share = (target - from) / (logSigma(schedule, high) - from);
  return low + Math.min(Math.max(share, 0), 1);
}

/** The sigma at a fractional timestep, by linear interpolation of ln sigma. */
export function sigmaAtTimestep(schedule: NoiseSchedule, timestep: number): number {
  const low = Math.min(Math.floor(timestep), schedule.timesteps - 2);
  const share = timestep - low;
  return Math.exp((1 - share) * logSigma(schedule, low) + share * logSigma(schedule, low + 1));
}
