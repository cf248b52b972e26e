import { StablePoseError } from '@stable-pose/core/errors';
import type { Checkpoint, TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import { elementsOf } from './data-type.ts';
import { describeTensors, refuseOtherFamilies } from './describe-tensors.ts';
import { unetRenamerToDiffusers } from './diffusers-unet-keys.ts';
import { layoutPrefixes } from './upstream-layout.ts';

/** What a LoRA adds to one weight W: W + strength * scale * (up x down), arXiv 2106.09685. */
export interface LoraBranch {
  /** The weight's key in the model, under upstream's names. */
  readonly key: string;
  /** `[rank, in]` or `[rank, in, kh, kw]`. */
  readonly down: TensorEntry;
  /** `[out, rank]` or `[out, rank, 1, 1]`. */
  readonly up: TensorEntry;
  readonly rank: number;
  readonly alpha: number;
  /** alpha / rank */
  readonly scale: number;
}

export interface Lora {
  readonly branches: readonly LoraBranch[];
  /** What was left aside, in sentences. */
  readonly warnings: readonly string[];
}

type Role = 'down' | 'up' | 'alpha';

const roles: readonly (readonly [RegExp, (match: RegExpExecArray) => Role, string?])[] = [
  [/\.alpha$/, () => 'alpha'],
  // kohya-ss/sd-scripts
  [/\.lora_(down|up)\.weight$/, (match) => match[1] as Role],
  // peft
  [/\.lora_(A|B)(\.default)?\.weight$/, (match) => (match[1] === 'A' ? 'down' : 'up')],
  // diffusers before peft: of any layer, of the text encoder, and of attention processors
  [/\.(?:lora|lora_linear_layer)\.(down|up)\.weight$/, (match) => match[1] as Role],
  [/(?:\.processor)?(\.to_[qkv]|\.to_out)_lora\.(down|up)\.weight$/, (match) => match[2] as Role],
];

/** Ways of changing weights that are no plain low-rank pair. */
const otherMethods: readonly (readonly [RegExp, string])[] = [
  [/\.hada_(w|t)[12]/, 'LoHa'],
  [/\.lokr_/, 'LoKr'],
  [/\.(dora_scale|lora_magnitude_vector)\b/, 'DoRA'],
  [/\.lora_mid\./, 'a Tucker-decomposed convolution (lora_mid)'],
  [/\.(oft_|boft_)/, 'OFT'],
  [/\.diff(_b)?$|\.(weight|bias)_diff$/, 'full differences of weights'],
  [/\.lora_[AB](\.default)?\.bias$|\.lora_(down|up)\.bias$/, 'biases'],
];

/**
 * Reads a LoRA in the layouts of kohya-ss and of diffusers (peft, and both forms before it).
 * @param base the model's tensors under upstream's names: tells which weights there are
 * @throws checkpoint-unsupported for other methods than low-rank pairs; architecture-unsupported for another family's;
 *   tensor-mismatch when a pair does not fit its weight; checkpoint-corrupt
 */
export async function readLora(lora: Checkpoint, base: ReadonlyMap<string, TensorEntry>): Promise<Lora> {
  const file = lora.files.join(', ');
  refuseOtherFamilies(describeTensors(lora.tensors), file);
  const targets = targetNames(base);
  const modules = new Map<string, Partial<Record<Role, TensorEntry>>>();
  const ignored: string[] = [];
  for (const [key, entry] of lora.tensors) {
    const other = otherMethods.find(([pattern]) => pattern.test(key));
    if (other) {
      throw unsupportedCheckpoint(
        file,
        `changes weights by ${other[1]} (${shown(key)})`,
        'Only plain LoRA (pairs of down and up) is supported.',
      );
    }
    const named = nameOf(key);
    if (!named) {
      ignored.push(key);
      continue;
    }
    const module = modules.get(named.target) ?? {};
    if (module[named.role]) throw corruptCheckpoint(file, `${shown(key)} is in it under two names`);
    module[named.role] = entry;
    modules.set(named.target, module);
  }
  const branches: LoraBranch[] = [];
  const foreign: string[] = [];
  const wrong: string[] = [];
  for (const [target, { down, up, alpha }] of modules) {
    const key = targets.get(target);
    if (!down || !up) {
      wrong.push(`${shown(target)} lacks its ${down ? 'up' : 'down'} half`);
    } else if (key === undefined) foreign.push(target);
    else {
      const rank = down.shape[0] ?? 0;
      const mismatch = misfit(base.get(key)!.shape, down.shape, up.shape);
      if (mismatch) wrong.push(`${key}: ${mismatch}`);
      else branches.push(await branchOf(lora, key, down, up, rank, alpha));
    }
  }
  refuseWrong(file, wrong, branches.length, foreign);
  return {
    branches,
    warnings: [
      ...(foreign.length > 0 ? [`${foreign.length} layers are not in this model: ${some(foreign)}.`] : []),
      ...(ignored.length > 0 ? [`${ignored.length} tensors are no part of a LoRA: ${some(ignored)}.`] : []),
      ...lora.warnings,
    ],
  };
}

async function branchOf(
  lora: Checkpoint,
  key: string,
  down: TensorEntry,
  up: TensorEntry,
  rank: number,
  alphaEntry: TensorEntry | undefined,
): Promise<LoraBranch> {
  // Without alpha the product is taken as it is.
  const alpha = alphaEntry ? await readScalar(lora, alphaEntry) : rank;
  return { key, down, up, rank, alpha, scale: alpha / rank };
}

async function readScalar(lora: Checkpoint, { key, shape }: TensorEntry): Promise<number> {
  const value = elementsOf(shape) === 1 ? (await lora.readFloat32(key))[0] : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw corruptCheckpoint(lora.files.join(', '), `${shown(key)} of shape [${shape}] is no number`);
}

/** The weight's place as every layout spells it once dots are underscores, and which half the tensor is. */
function nameOf(key: string): { target: string; role: Role } | undefined {
  for (const [pattern, role] of roles) {
    const match = pattern.exec(key);
    if (!match) continue;
    const attention = match[1]?.startsWith('.to_') ? match[1].replace('.to_out', '.to_out.0') : '';
    const target = placeOf(key.slice(0, match.index) + attention);
    return target === undefined ? undefined : { target, role: role(match) };
  }
  return undefined;
}

const places: readonly (readonly [RegExp, string])[] = [
  [/^lora_unet_/, 'unet_'],
  [/^lora_te1?_/, 'te_'],
  [/^unet\./, 'unet_'],
  [/^text_encoder\./, 'te_'],
  [/^(model\.)?diffusion_model\./, 'unet_'],
  [/^(?=text_model\.)/, 'te_'],
  [/^(?=(down_blocks|up_blocks|mid_block|conv_in|conv_out|time_embedding)\b)/, 'unet_'],
];

function placeOf(module: string): string | undefined {
  const name = module.replace(/^base_model\.model\./, '');
  const place = places.find(([pattern]) => pattern.test(name));
  return place && (place[1] + name.replace(place[0], '')).replaceAll('.', '_');
}

/** Every weight that a LoRA can name, by its places: of the UNet in diffusers' and in upstream's words, of the text encoder. */
function targetNames(base: ReadonlyMap<string, TensorEntry>): Map<string, string> {
  const unetKeys = [...base.keys()].filter((key) => key.startsWith(layoutPrefixes.unet));
  const inner = (key: string) => key.slice(layoutPrefixes.unet.length);
  const toDiffusers = unetRenamerToDiffusers(unetKeys.map(inner));
  const targets = new Map<string, string>();
  const add = (place: string, name: string, key: string) =>
    targets.set(place + name.replace(/\.weight$/, '').replaceAll('.', '_'), key);
  for (const [key, { shape }] of base) {
    if (!key.endsWith('.weight') || shape.length < 2) continue;
    if (key.startsWith(layoutPrefixes.unet)) {
      add('unet_', inner(key), key);
      const name = toDiffusers(inner(key));
      if (name !== undefined) add('unet_', name, key);
    } else if (key.startsWith(layoutPrefixes.text)) {
      add('te_text_model_', key.slice(layoutPrefixes.text.length), key);
    }
  }
  return targets;
}

/** Why two halves do not fit a weight; undefined when they do. Matrices may be stored as 1x1 convolutions and back. */
function misfit(
  weight: readonly number[],
  down: readonly number[],
  up: readonly number[],
): string | undefined {
  const kernel = (shape: readonly number[]) => shape.slice(2).join('x') || '1x1';
  const fits =
    (down.length === 2 || down.length === 4) &&
    (up.length === 2 || up.length === 4) &&
    down[0] > 0 &&
    down[1] === weight[1] &&
    up[0] === weight[0] &&
    up[1] === down[0] &&
    kernel(up) === '1x1' &&
    kernel(down) === kernel(weight);
  return fits ? undefined : `down [${down}] and up [${up}] do not fit the weight [${weight}]`;
}

function refuseWrong(
  file: string,
  wrong: readonly string[],
  fitting: number,
  foreign: readonly string[],
): void {
  if (wrong.length === 0 && fitting > 0) return;
  const reason =
    wrong.length > 0
      ? some(wrong)
      : foreign.length > 0
        ? `none of its ${foreign.length} layers is in the model (${some(foreign)})`
        : 'it holds no pair of down and up';
  throw new StablePoseError('tensor-mismatch', `The LoRA ${file} does not fit this model: ${reason}.`, {
    remedy: 'Use a LoRA that was made for Stable Diffusion 1.',
    details: { file, wrong: wrong.slice(0, 100), foreign: foreign.slice(0, 100) },
  });
}

function some(names: readonly string[]): string {
  const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.slice(0, 3).map(shown).join(', ') + rest;
}
