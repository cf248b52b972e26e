import {
  cropRaster,
  float32,
  type Graph,
  type GraphRuntime,
  type GraphSource,
  promptTokenizer,
  type Raster,
  resizeRaster,
  StablePoseError,
  type Tensor,
  type TokenizerFiles,
  tensor,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import type { Features } from './feature-network.ts';
import type { TextImageEmbedder } from './text-image-embedder.ts';

export interface ClipEmbedderOptions {
  readonly runtime: GraphRuntime;
  /** input_ids `[B,T]` -> embedding `[B,width]`, and the like of pictures: what `openClip` of @stable-pose/models gives. */
  readonly text: GraphSource;
  readonly vision: GraphSource;
  readonly tokenizer: TokenizerFiles;
  readonly contextLength: number;
  /** Side of the picture that the vision tower sees. */
  readonly side: number;
  /** Named in reports. Default "CLIP". */
  readonly name?: string;
}

/** Of CLIP's training pictures, by channel. Source: OpenAI's `clip.py`. */
const mean = [0.48145466, 0.4578275, 0.40821073];
const deviation = [0.26862954, 0.26130258, 0.27577711];

/** CLIP over two graphs, each loaded when it is first needed. Long texts are cut at the context's end, as OpenAI's code does. */
export function createClipEmbedder(options: ClipEmbedderOptions): TextImageEmbedder {
  const { runtime, contextLength, side, name = 'CLIP' } = options;
  const loaded = new Map<GraphSource, Promise<Graph>>();
  const run = async (
    source: GraphSource,
    inputs: Record<string, Tensor>,
    signal?: AbortSignal,
  ): Promise<Features> => {
    throwIfCancelled(signal);
    if (!loaded.has(source)) loaded.set(source, runtime.load(source));
    const { embedding } = await (await loaded.get(source)!).run(inputs, { signal });
    if (embedding?.kind === 'cpu' && embedding.type === 'float32') {
      return Float32Array.from(embedding.data as Float32Array);
    }
    throw new StablePoseError('internal', 'CLIP gave no float32 tensor.');
  };
  const encode = tokenEncoder(options.tokenizer, contextLength);
  return {
    name,
    async embedTexts(texts, { signal } = {}) {
      const all: Features[] = [];
      for (const text of texts) {
        const ids = Int32Array.from(encode(text));
        all.push(await run(options.text, { input_ids: tensor('int32', [1, ids.length], ids) }, signal));
      }
      return all;
    },
    async embedPictures(pictures, { signal } = {}) {
      const all: Features[] = [];
      for (const picture of pictures) {
        all.push(await run(options.vision, { picture: normalised(picture, side) }, signal));
      }
      return all;
    },
    async dispose() {
      for (const graph of loaded.values()) await (await graph.catch(() => undefined))?.dispose();
      loaded.clear();
    },
  };
}

/** Text to ids between the marks of start and end, no longer than the context. @throws model-corrupt without such marks */
function tokenEncoder(files: TokenizerFiles, contextLength: number): (text: string) => number[] {
  const tokenizer = promptTokenizer(files);
  const start = tokenizer.idOf('<|startoftext|>');
  const end = tokenizer.idOf('<|endoftext|>');
  if (start === undefined || end === undefined) {
    throw new StablePoseError('model-corrupt', "The tokenizer has not CLIP's marks of start and end.");
  }
  return (text) => [start, ...tokenizer.encode(text).slice(0, contextLength - 2), end];
}

/** The shorter side scaled to `side`, the middle cut out, each channel by its mean and deviation: `[1,3,side,side]`. */
function normalised(picture: Raster, side: number) {
  const scale = side / Math.min(picture.width, picture.height);
  // OpenAI's preprocessing truncates the longer side.
  const [width, height] = [picture.width, picture.height].map((size) =>
    Math.max(side, Math.trunc(size * scale + 1e-9)),
  );
  const resized = resizeRaster(withChannels(picture, 3), width!, height!, 'bicubic');
  const { data } = cropRaster(resized, {
    x: Math.round((width! - side) / 2),
    y: Math.round((height! - side) / 2),
    width: side,
    height: side,
  });
  const pixels = side * side;
  const values = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) values[c * pixels + i] = (data[3 * i + c]! / 255 - mean[c]!) / deviation[c]!;
  }
  return float32([1, 3, side, side], values);
}
