import { attentionMasks } from '../../../packages/core/src/mask/attention-masks.ts';
import { blurredBackground, gaussianKernel } from '../../../packages/core/src/mask/gaussian-kernel.ts';
import { patchMasks } from '../../../packages/core/src/mask/patch-masks.ts';
import { type MaskRule, poseMasks } from '../../../packages/core/src/mask/pose-masks.ts';
import { tensor } from '../../../packages/core/src/tensor/tensor.ts';
import { type CheckGroup, compare, skip } from '../check.ts';
import { hintOf } from '../hint-of.ts';

interface Masks {
  readonly kernels: number[];
  readonly sigma: number;
  readonly names: string[];
  readonly attn_bits?: { source: string };
  readonly 'gen_pose_mask.batch2'?: { hints: string[] };
  readonly 'train_get_input.batch2'?: { hints: string[] };
}

const file = '02_masks/masks.safetensors';

export const masks: CheckGroup = {
  folder: '02_masks',
  *run(reference) {
    const set = reference.json<Masks>('02_masks/masks.json');
    const { kernels, sigma } = set;
    const recordedNames = new Set(reference.names(file));
    for (const kernel of kernels) {
      const name = [`kernel1d.k${kernel}`, `kernel1d.${kernel}`].find((one) => recordedNames.has(one));
      if (name !== undefined) {
        yield compare(
          `kernel of ${kernel}`,
          gaussianKernel(kernel, sigma).weights,
          reference.tensor(file, name).data,
          0,
        );
      }
      yield skip(`kernel2d_sum_f64.k${kernel}`, 'follows from the kernel, which is checked to the bit');
    }
    for (const name of set.names) {
      const hint = hintOf(reference, `01_skeleton/${name}.dataset.png`);
      const ruleNames = { evaluation: 'eval', training: 'train', support: 'support' } as const;
      for (const [rule, short] of Object.entries(ruleNames) as [MaskRule, string][]) {
        const ours = poseMasks(hint, { kernels, sigma, rule, scale: 'none' });
        const cells = ours.data.length / kernels.length;
        for (const [layer, kernel] of kernels.entries()) {
          const recorded = `${name}.${short}.k${kernel}`;
          if (!recordedNames.has(recorded)) continue;
          if (rule === 'training' && blurredBackground(gaussianKernel(kernel, sigma)) !== -1) {
            yield skip(
              `${name}: training mask, kernel ${kernel}`,
              'its fp32 kernel does not sum to one: it hangs on rounding',
            );
            continue;
          }
          yield compare(
            `${name}: ${rule} mask, kernel ${kernel}`,
            ours.data.subarray(layer * cells, (layer + 1) * cells),
            reference.tensor(file, recorded).data,
            0,
          );
        }
        if (rule !== 'evaluation') continue;
        const patches = patchMasks(ours, 2);
        const tokens = patches.dims[1]!;
        for (const [layer, kernel] of kernels.entries()) {
          const recorded = `${name}.patch${Math.sqrt(tokens)}.eval.k${kernel}`;
          if (!recordedNames.has(recorded)) continue;
          yield compare(
            `${name}: patch mask, kernel ${kernel}`,
            patches.data.subarray(layer * tokens, (layer + 1) * tokens),
            reference.tensor(file, recorded).data,
            0,
          );
        }
      }
    }
    // How masks of a batch lie: kernel after kernel, and in generation ones for the unconditional rows before each.
    const batches = [
      ['gen_pose_mask.batch2', 'evaluation'],
      ['train_get_input.batch2', 'training'],
    ] as const;
    for (const [name, rule] of batches) {
      const hints = set[name]?.hints;
      if (hints === undefined || !recordedNames.has(name)) continue;
      const reliable =
        rule === 'evaluation' || kernels.every((k) => blurredBackground(gaussianKernel(k, sigma)) === -1);
      if (!reliable) {
        yield skip(`masks of a batch, ${rule}`, 'an fp32 kernel does not sum to one: it hangs on rounding');
        continue;
      }
      const own = hints.map((hint) =>
        poseMasks(hintOf(reference, `01_skeleton/${hint}.dataset.png`), {
          kernels,
          sigma,
          rule,
          scale: 'none',
        }),
      );
      const cells = own[0]!.data.length / kernels.length;
      const rows = kernels.flatMap((_, layer) => [
        ...(rule === 'evaluation' ? hints.map(() => new Uint8Array(cells).fill(1)) : []),
        ...own.map(({ data }) => data.subarray(layer * cells, (layer + 1) * cells)),
      ]);
      yield compare(`masks of a batch, ${rule}`, Buffer.concat(rows), reference.tensor(file, name).data, 0);
    }
    for (const name of recordedNames) {
      const side = Number(/^attn_bits\.(\d+)x\d+$/.exec(name)?.[1]);
      if (!side || set.attn_bits === undefined) continue;
      const source = reference.tensor(file, set.attn_bits.source);
      const cellSide = source.dims[0]!;
      const patches = patchMasks(
        tensor('uint8', [1, ...source.dims], source.data as Uint8Array),
        cellSide / side,
      );
      const ours = attentionMasks(patches).data;
      const packed = reference.tensor(file, name).data;
      const n = side * side;
      const rowBytes = packed.length / n;
      let wrong = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const bit = (packed[i * rowBytes + (j >> 3)]! >> (j & 7)) & 1;
          if (bit !== ours[i * n + j]) wrong++;
        }
      }
      yield compare(`attention mask of ${n} tokens, entries that differ`, [wrong], [0], 0);
    }
  },
};
