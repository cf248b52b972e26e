/**
 * Where one name of a module stands for another: the diffusers library's names of a UNet's modules and the names of the
 * published single-file layout, both with a trailing dot (after diffusers' convert_original_stable_diffusion_to_diffusers).
 */
export interface UnetStructure {
  /** Resolutions of the encoder. */
  readonly levels: number;
  /** Residual blocks a level in the encoder; the decoder has one more. */
  readonly blocks: number;
  /** Whether the decoder's levels, deepest first, attend to text. */
  readonly attentionInDecoder: readonly boolean[];
}

const outerModules: readonly (readonly [string, string])[] = [
  ['conv_in.', 'input_blocks.0.0.'],
  ['time_embedding.linear_1.', 'time_embed.0.'],
  ['time_embedding.linear_2.', 'time_embed.2.'],
  ['mid_block.resnets.0.', 'middle_block.0.'],
  ['mid_block.attentions.0.', 'middle_block.1.'],
  ['mid_block.resnets.1.', 'middle_block.2.'],
  ['conv_norm_out.', 'out.0.'],
  ['conv_out.', 'out.2.'],
];

const residualModules: readonly (readonly [string, string])[] = [
  ['norm1.', 'in_layers.0.'],
  ['conv1.', 'in_layers.2.'],
  ['time_emb_proj.', 'emb_layers.1.'],
  ['norm2.', 'out_layers.0.'],
  ['conv2.', 'out_layers.3.'],
  ['conv_shortcut.', 'skip_connection.'],
];

/** Every pair of a diffusers name and an upstream name, down to modules that have weights or hold a transformer. */
export function unetModulePairs({ levels, blocks, attentionInDecoder }: UnetStructure): [string, string][] {
  const pairs: [string, string][] = [];
  const addResidual = (diffusers: string, upstream: string) => {
    for (const [from, to] of residualModules) pairs.push([diffusers + from, upstream + to]);
  };
  for (const [from, to] of outerModules) {
    if (from.includes('.resnets.')) addResidual(from, to);
    else pairs.push([from, to]);
  }
  for (let level = 0; level < levels; level++) {
    for (let block = 0; block < blocks; block++) {
      const upstream = `input_blocks.${level * (blocks + 1) + block + 1}.`;
      addResidual(`down_blocks.${level}.resnets.${block}.`, `${upstream}0.`);
      pairs.push([`down_blocks.${level}.attentions.${block}.`, `${upstream}1.`]);
    }
    for (let block = 0; block <= blocks; block++) {
      const upstream = `output_blocks.${level * (blocks + 1) + block}.`;
      addResidual(`up_blocks.${level}.resnets.${block}.`, `${upstream}0.`);
      pairs.push([`up_blocks.${level}.attentions.${block}.`, `${upstream}1.`]);
    }
    if (level === levels - 1) continue;
    pairs.push([
      `down_blocks.${level}.downsamplers.0.conv.`,
      `input_blocks.${(level + 1) * (blocks + 1)}.0.op.`,
    ]);
    const place = attentionInDecoder[level] ? 2 : 1;
    const last = level * (blocks + 1) + blocks;
    pairs.push([`up_blocks.${level}.upsamplers.0.conv.`, `output_blocks.${last}.${place}.conv.`]);
  }
  return pairs;
}

/** The structure that diffusers keys show. */
export function structureOfDiffusers(keys: Iterable<string>): UnetStructure {
  let [levels, blocks] = [0, 0];
  const attentionInDecoder: boolean[] = [];
  for (const key of keys) {
    const down = /^down_blocks\.(\d{1,3})\.resnets\.(\d{1,3})\./.exec(key);
    if (down) {
      levels = Math.max(levels, Number(down[1]) + 1);
      blocks = Math.max(blocks, Number(down[2]) + 1);
    }
    const up = /^up_blocks\.(\d{1,3})\.attentions\./.exec(key);
    if (up) attentionInDecoder[Number(up[1])] = true;
  }
  return { levels, blocks, attentionInDecoder };
}

/** The structure that upstream keys (without their prefix) show. */
export function structureOfUpstream(keys: Iterable<string>): UnetStructure {
  let last = 0;
  let downsamplings = 0;
  const attending = new Set<number>();
  for (const key of keys) {
    const input = /^input_blocks\.(\d{1,3})\.0\.(in_layers\.0\.weight|op\.weight)$/.exec(key);
    if (input) {
      last = Math.max(last, Number(input[1]));
      if (input[2] === 'op.weight') downsamplings++;
    }
    const output = /^output_blocks\.(\d{1,3})\.1\.transformer_blocks\./.exec(key);
    if (output) attending.add(Number(output[1]));
  }
  const levels = downsamplings + 1;
  const blocks = Math.round((last - downsamplings) / levels);
  const attentionInDecoder = Array.from({ length: levels }, (_, level) =>
    attending.has(level * (blocks + 1)),
  );
  return { levels, blocks, attentionInDecoder };
}

/** Renames the longest of `pairs`' first names that begins `key`; undefined when none does. */
export function renamer(pairs: readonly (readonly [string, string])[]): (key: string) => string | undefined {
  const names = new Map(pairs);
  return (key) => {
    for (let end = key.lastIndexOf('.'); end > 0; end = key.lastIndexOf('.', end - 1)) {
      const renamed = names.get(key.slice(0, end + 1));
      if (renamed !== undefined) return renamed + key.slice(end + 1);
    }
    return undefined;
  };
}

/** From a diffusers UNet's keys to those of the single-file layout, without prefix. */
export function unetRenamer(keys: Iterable<string>): (key: string) => string | undefined {
  return renamer(unetModulePairs(structureOfDiffusers(keys)));
}

/** The way back: from upstream keys without prefix to diffusers' names. */
export function unetRenamerToDiffusers(keys: Iterable<string>): (key: string) => string | undefined {
  const pairs = unetModulePairs(structureOfUpstream(keys));
  return renamer(pairs.map(([diffusers, upstream]) => [upstream, diffusers] as const));
}
