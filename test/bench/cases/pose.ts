import { hintImage, normalNoise, patchMasks, poseMasks } from '@stable-pose/core';
import { type Bench, type BenchCase, repeat } from '../bench-case.ts';
import { people } from '../people.ts';

const size = { width: 512, height: 512 };
/** As Stable-Pose's published adapter has them. */
const masks = { kernels: [23, 13], sigma: 3 };

export const poseCases: readonly BenchCase[] = [
  ...[1, 3, 10].map((count) => ({
    name: `pose-${count}`,
    what: `hint image and masks of ${count === 1 ? 'one person' : `${count} people`}, 512 x 512, warm`,
    limits: { seconds: 0.02 },
    run: (bench: Bench) => {
      const poses = people(count, size);
      return arithmetic(bench, () => patchMasks(poseMasks(hintImage(poses, size), masks), 2));
    },
  })),
  {
    name: 'noise',
    what: 'seeded noise of a 512 x 512 picture, warm',
    run: (bench) => arithmetic(bench, () => normalNoise(1)(4 * 64 * 64)),
  },
];

/** Work on one thread: its processor time is what the clock would say if nothing else ran. */
async function arithmetic(bench: Bench, work: () => unknown): Promise<number[]> {
  await repeat(work, { warm: 40, times: 0 });
  await bench.begin();
  const seconds = await repeat(work, { warm: 0, times: 40 });
  await bench.end();
  return seconds;
}
