import {
  renamer,
  structureOfDiffusers,
  structureOfUpstream,
  unetModulePairs,
} from './diffusers-unet-keys.ts';

/*
 * The diffusers library's names of ControlNet's and T2I-Adapter's modules beside those of the files that their authors
 * published (after diffusers' ControlNetModel and T2IAdapter, and its conversion of the former).
 */

type Pairs = [diffusers: string, published: string][];

/** @param hintLayers convolutions of the hint encoder. @param residuals input blocks of the encoder */
function controlNetPairs(
  structure: ReturnType<typeof structureOfDiffusers>,
  hintLayers: number,
  residuals: number,
): Pairs {
  const pairs = unetModulePairs(structure);
  for (let layer = 0; layer < hintLayers; layer++) {
    const name = layer === 0 ? 'conv_in' : layer === hintLayers - 1 ? 'conv_out' : `blocks.${layer - 1}`;
    pairs.push([`controlnet_cond_embedding.${name}.`, `input_hint_block.${2 * layer}.`]);
  }
  for (let index = 0; index < residuals; index++) {
    pairs.push([`controlnet_down_blocks.${index}.`, `zero_convs.${index}.0.`]);
  }
  pairs.push(['controlnet_mid_block.', 'middle_block_out.0.']);
  return pairs;
}

/** From a diffusers ControlNet's keys to the published file's, without prefix. */
export function controlNetRenamer(keys: Iterable<string>): (key: string) => string | undefined {
  const names = [...keys];
  const blocks = countOf(names, /^controlnet_cond_embedding\.blocks\.(\d{1,3})\./);
  const residuals = countOf(names, /^controlnet_down_blocks\.(\d{1,3})\./);
  return renamer(controlNetPairs(structureOfDiffusers(names), blocks + 2, residuals));
}

/** The way back. */
export function controlNetRenamerToDiffusers(keys: Iterable<string>): (key: string) => string | undefined {
  const names = [...keys];
  const hintLayers = countOf(names, /^input_hint_block\.(\d{1,3})\./) / 2 + 0.5;
  const residuals = countOf(names, /^zero_convs\.(\d{1,3})\./);
  const pairs = controlNetPairs(structureOfUpstream(names), hintLayers, residuals);
  return renamer(pairs.map(([diffusers, published]) => [published, diffusers] as const));
}

/** From a diffusers T2I-Adapter's keys to the published file's. */
export function t2iAdapterRenamer(keys: Iterable<string>): (key: string) => string | undefined {
  const names = [...keys];
  const levels = countOf(names, /^adapter\.body\.(\d{1,2})\./);
  const blocks = countOf(names, /^adapter\.body\.\d{1,2}\.resnets\.(\d{1,2})\./);
  return renamer(t2iAdapterPairs(levels, blocks));
}

/** The way back. */
export function t2iAdapterRenamerToDiffusers(
  levels: number,
  blocks: number,
): (key: string) => string | undefined {
  return renamer(
    t2iAdapterPairs(levels, blocks).map(([diffusers, published]) => [published, diffusers] as const),
  );
}

function t2iAdapterPairs(levels: number, blocks: number): Pairs {
  const pairs: Pairs = [['adapter.conv_in.', 'conv_in.']];
  for (let level = 0; level < levels; level++) {
    pairs.push([`adapter.body.${level}.in_conv.`, `body.${level * blocks}.in_conv.`]);
    for (let block = 0; block < blocks; block++) {
      for (const layer of ['block1.', 'block2.']) {
        pairs.push([
          `adapter.body.${level}.resnets.${block}.${layer}`,
          `body.${level * blocks + block}.${layer}`,
        ]);
      }
    }
  }
  return pairs;
}

/** One more than the largest number that a pattern finds. */
function countOf(keys: readonly string[], pattern: RegExp): number {
  return keys.reduce((count, key) => Math.max(count, Number(pattern.exec(key)?.[1] ?? -1) + 1), 0);
}
