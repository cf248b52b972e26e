import { renamer } from './diffusers-unet-keys.ts';

/** The attention's names: of today's diffusers, and of the files written before 0.15. */
const attentionModules: readonly (readonly [string, string])[] = [
  ['group_norm.', 'norm.'],
  ['to_q.', 'q.'],
  ['to_k.', 'k.'],
  ['to_v.', 'v.'],
  ['to_out.0.', 'proj_out.'],
  ['query.', 'q.'],
  ['key.', 'k.'],
  ['value.', 'v.'],
  ['proj_attn.', 'proj_out.'],
];

export interface VaeStructure {
  readonly levels: number;
  /** Residual blocks a level in the decoder: one more than in the encoder. */
  readonly blocks: number;
}

const sameModules = ['quant_conv.', 'post_quant_conv.'];

/** Every pair of a diffusers name and an upstream name of a VAE's modules; today's names before older ones. */
export function vaeModulePairs({ levels, blocks }: VaeStructure): [string, string][] {
  const pairs: [string, string][] = sameModules.map((name) => [name, name]);
  const addResidual = (diffusers: string, upstream: string) => {
    for (const name of ['norm1.', 'conv1.', 'norm2.', 'conv2.'])
      pairs.push([diffusers + name, upstream + name]);
    pairs.push([`${diffusers}conv_shortcut.`, `${upstream}nin_shortcut.`]);
  };
  for (const side of ['encoder.', 'decoder.']) {
    pairs.push([`${side}conv_in.`, `${side}conv_in.`], [`${side}conv_out.`, `${side}conv_out.`]);
    pairs.push([`${side}conv_norm_out.`, `${side}norm_out.`]);
    addResidual(`${side}mid_block.resnets.0.`, `${side}mid.block_1.`);
    addResidual(`${side}mid_block.resnets.1.`, `${side}mid.block_2.`);
    for (const [from, to] of attentionModules) {
      pairs.push([`${side}mid_block.attentions.0.${from}`, `${side}mid.attn_1.${to}`]);
    }
  }
  for (let level = 0; level < levels; level++) {
    // The single-file layout numbers the decoder's levels by resolution, diffusers by their order.
    const up = levels - 1 - level;
    for (let block = 0; block < blocks; block++) {
      addResidual(`encoder.down_blocks.${level}.resnets.${block}.`, `encoder.down.${level}.block.${block}.`);
      addResidual(`decoder.up_blocks.${level}.resnets.${block}.`, `decoder.up.${up}.block.${block}.`);
    }
    pairs.push([
      `encoder.down_blocks.${level}.downsamplers.0.conv.`,
      `encoder.down.${level}.downsample.conv.`,
    ]);
    pairs.push([`decoder.up_blocks.${level}.upsamplers.0.conv.`, `decoder.up.${up}.upsample.conv.`]);
  }
  return pairs;
}

/** From a diffusers VAE's keys to those of the single-file layout, without prefix. */
export function vaeRenamer(keys: Iterable<string>): (key: string) => string | undefined {
  let [levels, blocks] = [0, 0];
  for (const key of keys) {
    const block = /^decoder\.up_blocks\.(\d{1,2})\.resnets\.(\d{1,2})\./.exec(key);
    if (!block) continue;
    levels = Math.max(levels, Number(block[1]) + 1);
    blocks = Math.max(blocks, Number(block[2]) + 1);
  }
  return renamer(vaeModulePairs({ levels, blocks }));
}

/** The way back, to today's names. */
export function vaeRenamerToDiffusers(structure: VaeStructure): (key: string) => string | undefined {
  const names = new Map<string, string>();
  for (const [diffusers, upstream] of vaeModulePairs(structure)) {
    if (!names.has(upstream)) names.set(upstream, diffusers);
  }
  return renamer([...names]);
}
