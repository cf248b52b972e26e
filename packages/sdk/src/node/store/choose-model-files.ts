import { StablePoseError } from '@stable-pose/core';
import { fitsPattern } from './file-pattern.ts';

/** Folders of the diffusers layout that are read, and what of them. */
const diffusersParts = ['text_encoder', 'unet', 'vae', 'tokenizer', 'adapter', 'controlnet', 't2i_adapter'];
const weights = /\.(safetensors|bin|ckpt|pt|pth)$/;

export interface FileChoice {
  /** Only these. */
  readonly patterns?: readonly string[];
  /** Of a diffusers folder: `fp16` prefers `*.fp16.safetensors`. */
  readonly variant?: string;
}

/**
 * Of all files of a repository those that a model needs: a converted folder whole; of a diffusers folder the parts that are
 * read, each once; else the one checkpoint, with the settings beside it.
 * @throws model-not-found with what there is, when nothing fits or more than one thing could be meant
 */
export function chooseModelFiles(paths: readonly string[], choice: FileChoice = {}): readonly string[] {
  const { patterns, variant } = choice;
  if (patterns) {
    const chosen = paths.filter((path) => patterns.some((pattern) => fitsPattern(path, pattern)));
    if (chosen.length > 0) return chosen;
    throw none(`No file fits ${patterns.join(', ')}`, paths);
  }
  if (paths.includes('stable-pose-model.json')) return paths.filter((path) => !path.startsWith('.'));
  if (paths.includes('model_index.json')) return diffusersFiles(paths, variant);
  const checkpoints = paths.filter((path) => weights.test(path));
  const best = checkpoints.filter((path) => path.endsWith('.safetensors'));
  const candidates = best.length > 0 ? best : checkpoints;
  if (candidates.length === 1) {
    const folder = candidates[0].slice(0, candidates[0].lastIndexOf('/') + 1);
    const beside = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocabulary.json', 'README.md'];
    return [...beside.map((name) => folder + name).filter((path) => paths.includes(path)), candidates[0]];
  }
  if (candidates.length === 0) throw none('There is no checkpoint', paths);
  throw none('There is more than one checkpoint, so name the one that is meant', candidates);
}

function diffusersFiles(paths: readonly string[], variant: string | undefined): readonly string[] {
  const chosen: string[] = paths.filter((path) => ['model_index.json', 'README.md'].includes(path));
  for (const part of diffusersParts) {
    const inside = paths.filter((path) => path.startsWith(`${part}/`));
    chosen.push(
      ...inside.filter((path) => !weights.test(path) && !path.endsWith('.msgpack') && !isIndex(path)),
    );
    chosen.push(...partWeights(inside, variant));
  }
  return chosen;
}

const isIndex = (path: string) => /\.index(\.[\w-]+)?\.json$/.test(path);

/** One set of weights a part: safetensors before pickles, the asked variant before the plain one. */
function partWeights(inside: readonly string[], variant: string | undefined): readonly string[] {
  const variants = variant === undefined ? [undefined] : [variant, undefined];
  for (const ending of ['safetensors', 'bin']) {
    for (const wanted of variants) {
      const set = inside.filter((path) => path.endsWith(`.${ending}`) && variantOf(path) === wanted);
      if (set.length === 0) continue;
      const isSharded = set.some((path) => /-\d{5}-of-\d{5}/.test(path));
      const index = inside.filter((path) => isIndex(path) && path.includes(`.${ending}.index`));
      return isSharded ? [...index, ...set] : set;
    }
  }
  return [];
}

/** `fp16` of `diffusion_pytorch_model.fp16.safetensors`. */
function variantOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return /\.([\w-]+?)(?:-\d{5}-of-\d{5})?\.[a-z]+$/.exec(name.replace(/-\d{5}-of-\d{5}/, ''))?.[1];
}

const mostNamed = 20;

function none(why: string, paths: readonly string[]): StablePoseError {
  const named = paths.slice(0, mostNamed).join(', ');
  const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : '';
  return new StablePoseError('model-not-found', `${why}; there are: ${named || 'no files'}${more}.`, {
    remedy: 'Name the files that you want.',
    details: { files: paths.slice(0, 200) },
  });
}
