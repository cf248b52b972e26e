import { guidedLoss } from '../../../packages/core/src/denoise/index.ts';
import { float32 } from '../../../packages/core/src/tensor/tensor.ts';
import { type CheckGroup, compare, skip } from '../check.ts';

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
      if (name.startsWith('grad.'))
        yield skip(`gradient of ${name.slice(5)}`, 'graphs here run forward only');
    }
  },
};
