import { describe, expect, it } from 'vitest';
import { denoise } from '../../../packages/core/src/denoise/denoise.ts';
import { pictureNoise } from '../../../packages/core/src/denoise/picture-noise.ts';
import {
  findScheduler,
  makeNoiseSchedule,
  type SigmaSpacing,
} from '../../../packages/core/src/scheduler/index.ts';
import golden from '../../golden/samplers.json' with { type: 'json' };

const schedule = makeNoiseSchedule({ kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 });
const size = 32;
const pattern = Float64Array.from({ length: size }, (_, i) => ((7 * i) % 13) / 13 - 0.5);

/** The toy model that the oracles ran on: see the golden file. */
const toy = (x: Float32Array, t: number) =>
  x.map((value, i) => 0.9 * value + 0.3 * Math.sin(t / 100) * pattern[i]);

/**
 * The oracles ran in fp64; here latents and predictions are rounded to fp32 (6e-8 of their size) a few times a step, and
 * k-diffusion rounds the fractional timesteps of a uniform run to fp32 (up to 3e-5 at 999). Seen: 1.7e-6, where one step leads
 * from sigma 14.6 to 0.
 */
const tolerance = { state: 4e-6, timestep: 4e-5 };

const worstOf = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
  Math.max(...Array.from(actual, (value, i) => Math.abs(value - expected[i])));

describe('samplers against their oracles', () => {
  it.each(golden.cases)(
    '[S7-S13] [S17] [S18] $scheduler, $spacing, $steps steps = $oracle',
    async (entry) => {
      const scheduler = findScheduler(entry.scheduler);
      const noise = pictureNoise(entry.seed, 1, size);
      const timesteps: number[] = [];
      const states: Float32Array[] = [];
      const final = await denoise({
        scheduler,
        run: {
          schedule,
          steps: entry.steps,
          spacing: entry.spacing as SigmaSpacing,
          latents: noise(),
          startStep: 0,
          noise,
          ...('eta' in entry ? { eta: entry.eta } : {}),
        },
        predictNoise: (latents, timestep) => {
          timesteps.push(timestep);
          return toy(latents, timestep);
        },
        onStep: ({ latents }) => {
          states.push(latents);
        },
      });
      expect(states).toHaveLength(entry.steps);
      expect(timesteps).toHaveLength(entry.timesteps.length);
      expect(worstOf(timesteps, entry.timesteps)).toBeLessThan(tolerance.timestep);
      entry.lastStates.forEach((expected, i) => {
        const actual = states[states.length - entry.lastStates.length + i];
        expect(worstOf(actual, expected)).toBeLessThan(tolerance.state);
      });
      expect(final).toBe(states.at(-1));
    },
  );
});
