import type { ExecutionProvider, EyesNetworkSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { type EyesConfig, eyes } from './architectures/eyes.ts';
import { openCheckpoint } from './checkpoint/open-checkpoint.ts';
import { type ModelFiles, readJsonObject } from './files/model-files.ts';
import { joinPath } from './files/path-names.ts';
import { compileGraph } from './onnx/compile-graph.ts';
import { operatorForms } from './onnx/operator-forms.ts';

/** Pixels a heat-map cell: the first level's factor. */
const heatStride = 4;

/**
 * Opens the network of heat maps and mattes from a folder with `config.json` and `eyes.safetensors`.
 * @throws file-not-found, model-corrupt, checkpoint-corrupt; tensor-mismatch when a graph is asked for
 */
export async function openEyes(
  files: ModelFiles,
  folder: string,
  options: { readonly provider?: ExecutionProvider } = {},
): Promise<EyesNetworkSource> {
  const path = joinPath(folder, 'config.json');
  const config = await readJsonObject(files, path);
  const sizes = sizesOf(config, path);
  const number = (name: string): number => numberOf(config, name, path);
  const checkpoint = await openCheckpoint(files, joinPath(folder, 'eyes.safetensors'));
  return {
    poseSide: number('poseSide'),
    matteSide: number('matteSide'),
    boxMargin: number('boxMargin'),
    cropMargin: number('cropMargin'),
    window: number('window'),
    heatStride,
    graph: (part) =>
      compileGraph(
        eyes(sizes, part, { forms: operatorForms(options.provider ?? 'cpu') }),
        { model: checkpoint },
        undefined,
        files.cut,
      ),
    dispose: () => checkpoint.close(),
  };
}

function sizesOf(config: Readonly<Record<string, unknown>>, path: string): EyesConfig {
  const list = (name: string): number[] => {
    const value = config[name];
    if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 1)) return value;
    throw broken(path, name);
  };
  const [levels, blocks, top] = [list('levels'), list('blocks'), list('top')];
  if (blocks.length !== levels.length || top.length !== levels.length - 1) throw broken(path, 'levels');
  return {
    stem: numberOf(config, 'stem', path),
    levels,
    blocks,
    top,
    matte: numberOf(config, 'matte', path),
  };
}

function numberOf(config: Readonly<Record<string, unknown>>, name: string, path: string): number {
  const value = config[name];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw broken(path, name);
}

const broken = (path: string, name: string): StablePoseError =>
  new StablePoseError('model-corrupt', `${path} has no usable "${name}".`);
