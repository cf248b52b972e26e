import { guidedLoss, noisedLatents } from '../../../packages/core/src/denoise/index.ts';
import { float32 } from '../../../packages/core/src/tensor/tensor.ts';
import { type CheckGroup, compare, skip } from '../check.ts';
import { noiseScheduleOf } from '../noise-schedule-of.ts';

const file = '10_loss/loss.safetensors';

export const loss: CheckGroup = {
  folder: '10_loss',
  *run(reference, tolerances) {
    const { alpha } = reference.json<{ alpha: number }>('10_loss/loss.json');
    const eps = reference.tensor(file, 'eps');
    const noise = reference.tensor(file, 'noise');
    const mask = reference.tensor(file, 'mask');
    const rows = eps.dims[0]!;
    const cells = eps.dims[2]! * eps.dims[3]!;

    const original = reference.tensor(file, 'x_start').data as Float32Array;
    const noisy = reference.tensor(file, 'x_noisy').data as Float32Array;
    const { alphasCumprod } = noiseScheduleOf(reference);
    const size = original.length / rows;
    const part = (data: Float32Array, index: number) => data.subarray(index * size, (index + 1) * size);
    const noised = Array.from(reference.tensor(file, 't').data, (t, index) =>
      noisedLatents(part(original, index), part(noise.data as Float32Array, index), alphasCumprod[t]!),
    );
    // Neither file shows a spread. The reference rounds both factors, both products and their sum to fp32: three places.
    const places = 3 * 2 ** -23 * Math.max(...noisy.map(Math.abs));
    yield compare(
      'noised latents',
      noised.flatMap((row) => [...row]),
      noisy,
      places,
    );

    // Masks lie layer after layer; the loss takes the last, finest one.
    const finest = mask.data.slice(mask.data.length - rows * cells) as Uint8Array;
    const ours = guidedLoss(
      float32(eps.dims, eps.data as Float32Array),
      float32(noise.dims, noise.data as Float32Array),
      finest,
      alpha,
    );
    const tolerance = tolerances.of('10.loss_simple', '10 loss formula');
    yield compare('loss of each row', ours.perRow, reference.tensor(file, 'loss_simple').data, tolerance);
    yield compare('loss', [ours.loss], reference.tensor(file, 'loss').data, tolerance);
    for (const name of reference.names(file)) {
      if (name.startsWith('grad')) yield skip(name, 'graphs here run forward only');
    }
    yield skip('loss_simple_f64', 'of a noise prediction in fp64, which was not recorded');
  },
};
