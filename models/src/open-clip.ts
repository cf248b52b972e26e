import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionProvider, GraphSource, TokenizerFiles } from '@stable-pose/core/contract';
import {
  type ClipEmbeddingHints,
  type ClipSizes,
  clipTextEmbedding,
  clipVisionEmbedding,
  readClipSizes,
} from './architectures/clip-embeddings.ts';
import { openCheckpoint } from './checkpoint/on-disk.ts';
import { clipBytePairs } from './clip-tokenizer/index.ts';
import { diskFiles } from './files/disk-files.ts';
import { shapesOf } from './model-source.ts';
import { compileGraph } from './onnx/compile-graph.ts';
import { operatorForms } from './onnx/operator-forms.ts';
import { clipTokenizerFiles, readTokenizerFiles } from './tokenizer-files.ts';

/** CLIP's two towers as graphs: input_ids `[B,T]` -> embedding `[B,width]`; picture `[B,3,side,side]` -> the same. */
export interface ClipSource extends ClipSizes {
  readonly text: GraphSource;
  readonly vision: GraphSource;
  readonly tokenizer: TokenizerFiles;
  /** Closes the file; the graphs must not be loaded after. */
  dispose(): Promise<void>;
}

/**
 * Opens CLIP with both towers, as Hugging Face's `openai/clip-vit-large-patch14` and its smaller kin are published.
 * @param path the folder, or its file of weights
 * @throws file-not-found, checkpoint-corrupt, checkpoint-unsupported, tensor-mismatch
 */
export async function openClip(
  path: string,
  options: ClipEmbeddingHints & { readonly provider?: ExecutionProvider } = {},
): Promise<ClipSource> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const names = ['model.safetensors', 'pytorch_model.bin'].map((name) => join(path, name));
  const file = isFolder
    ? (names.find((name) => statSync(name, { throwIfNoEntry: false })) ?? names[0]!)
    : path;
  const checkpoint = await openCheckpoint(file);
  try {
    const shapes = shapesOf(checkpoint);
    const forms = { ...options, forms: operatorForms(options.provider ?? 'cpu') };
    const compile = (plan: Parameters<typeof compileGraph>[0]) => compileGraph(plan, { model: checkpoint });
    return {
      ...readClipSizes(shapes),
      text: await compile(clipTextEmbedding(shapes, forms)),
      vision: await compile(clipVisionEmbedding(shapes, forms)),
      tokenizer: (await readTokenizerFiles(diskFiles, dirname(file))) ?? clipTokenizerFiles(clipBytePairs()),
      dispose: () => checkpoint.close(),
    };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}
