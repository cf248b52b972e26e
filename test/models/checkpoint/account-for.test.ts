import { describe, expect, it } from 'vitest';
import {
  accountFor,
  nearestName,
  refuseMismatch,
  type TensorEntry,
} from '../../../models/src/checkpoint/index.ts';
import { refusedWith } from './refused-with.ts';

const holding = (shapes: Record<string, readonly number[]>) => ({
  tensors: new Map(
    Object.entries(shapes).map(([key, shape]): [string, TensorEntry] => [key, { key, dtype: 'f32', shape }]),
  ),
});
const expected = new Map<string, readonly number[]>([
  ['unet.in.weight', [2, 3]],
  ['unet.in.bias', [2]],
  ['unet.out.weight', [3, 2]],
  ['text.position_ids', [1, 77]],
]);

describe('accounting for tensors', () => {
  it('is content when everything is there, and position ids may be missing', () => {
    const found = accountFor(
      expected,
      holding({ 'unet.in.weight': [2, 3], 'unet.in.bias': [2], 'unet.out.weight': [3, 2] }),
    );
    expect(found).toEqual({ missing: [], misshaped: [], unexpected: [], warnings: [] });
    expect(() => refuseMismatch(found, 'x')).not.toThrow();
  });

  it('names what is missing with its nearest match, what is misshaped and what nobody asked for', async () => {
    const found = accountFor(
      expected,
      holding({
        'unet.inn.weight': [2, 3],
        'unet.in.bias': [4],
        'unet.out.weight': [3, 2],
        'something.else': [1],
      }),
    );
    expect(found.missing).toEqual([{ key: 'unet.in.weight', nearest: 'unet.inn.weight' }]);
    expect(found.misshaped).toEqual([{ key: 'unet.in.bias', expected: [2], found: [4] }]);
    expect(found.unexpected).toEqual(['unet.inn.weight', 'something.else']);
    const message = await refusedWith('tensor-mismatch', () => refuseMismatch(found, 'model.ckpt'));
    for (const word of [
      'unet.in.weight (nearest: unet.inn.weight)',
      'unet.in.bias is [4], expected [2]',
      'something.else',
    ]) {
      expect(message).toContain(word);
    }
  });

  it('turns averaged copies and leftovers of training into warnings', () => {
    const leftovers = {
      'model_ema.diffusion_modelinput_blocks00weight': [1],
      'model_ema.decay': [],
      betas: [1000],
      alphas_cumprod: [1000],
      'first_stage_model.loss.logvar': [1],
      'cond_stage_model.logit_scale': [],
      'x.embeddings.position_ids': [1, 77],
    };
    const found = accountFor(new Map(), holding(leftovers));
    expect(found.unexpected).toEqual([]);
    expect(found.warnings.join('\n')).toContain('2 tensors are left aside: averaged copies');
    expect(found.warnings.length).toBeGreaterThanOrEqual(4);
  });

  it('leaves parts alone that belong to another network', () => {
    const found = accountFor(new Map(), holding({ 'stable_pose_adapter.a': [1] }), (key) =>
      key.startsWith('stable_pose'),
    );
    expect([found.unexpected, found.warnings]).toEqual([[], []]);
  });

  it('finds the nearest name, and none when all are far', () => {
    expect(nearestName('to_q.weight', ['to_k.bias', 'to_qq.weight', 'x'])).toBe('to_qq.weight');
    expect(nearestName('to_q.weight', ['entirely different names'])).toBeUndefined();
    expect(nearestName('abc', [])).toBeUndefined();
  });
});
