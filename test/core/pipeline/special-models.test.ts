import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../models/src/on-disk.ts';
import { StablePoseError } from '../../../packages/core/src/errors.ts';
import { type Raster, raster } from '../../../packages/core/src/image/index.ts';
import {
  createPipeline,
  type GenerationProgress,
  type GenerationRequestInput,
  type Pipeline,
} from '../../../packages/core/src/pipeline/index.ts';
import type { GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { referenceTensors } from '../../support/reference-set.ts';
import { base64Png, farthest, openTinyPipeline, standingPerson, type TinyPipeline } from './tiny-pipeline.ts';

const person = standingPerson(32, 12, 50);
const base = { prompt: 'a person', width: 64, height: 64, steps: 3, scheduler: 'ddim', seed: 7 } as const;
const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-special-'));
let tiny: TinyPipeline;

beforeAll(async () => {
  const toRgb = { matrix: [0, 1, 2, 3].map((k) => [k / 4, 0.2, -0.1]), bias: [0, 0.1, 0] };
  tiny = await openTinyPipeline({ config: { latent_to_rgb: toRgb } });
});
afterAll(async () => {
  await tiny?.dispose();
  rmSync(scratch, { recursive: true, force: true });
});

const drawn = async (
  pipeline: Pipeline,
  request: GenerationRequestInput,
  onProgress?: (progress: GenerationProgress) => void,
): Promise<Raster> => (await pipeline.generate(request, { onProgress })).pictures[0]!.raster;

interface Written {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function writeSafetensors(path: string, tensors: Readonly<Record<string, Written>>): string {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([key, { shape, data }]) => {
      const start = end;
      end += data.byteLength;
      return [key, { dtype: 'F32', shape, data_offsets: [start, end] }];
    }),
  );
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(head.length));
  const bodies = Object.values(tensors).map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  writeFileSync(path, Buffer.concat([length, head, ...bodies]));
  return path;
}

const waves = (length: number, size: number) =>
  Float32Array.from({ length }, (_, i) => size * Math.sin(i * 1.7));

describe('previews', () => {
  it('come from a linear map, at one pixel a cell, at the steps asked for', async () => {
    const told: GenerationProgress[] = [];
    await drawn(
      tiny.pipeline,
      { ...base, steps: 4, previews: { how: 'linear', every: 2 } },
      (p) => void told.push(p),
    );
    const previews = told.filter(({ preview }) => preview);
    expect(previews.map(({ step }) => step)).toEqual([2, 4]);
    expect(previews[0]!.preview).toMatchObject({ width: 8, height: 8, channels: 3 });
  });

  it('come after the steps that are named, where some are', async () => {
    const told: GenerationProgress[] = [];
    const previews = { how: 'linear' as const, every: 2, at: [1, 3] };
    await drawn(tiny.pipeline, { ...base, steps: 4, previews }, (p) => void told.push(p));
    expect(told.filter(({ preview }) => preview).map(({ step }) => step)).toEqual([1, 3]);
  });

  it('come from the decoder, at full size, and leave the picture as it is', async () => {
    const told: GenerationProgress[] = [];
    const seen = await drawn(tiny.pipeline, { ...base, previews: { how: 'vae' } }, (p) => void told.push(p));
    const previews = told.filter(({ preview }) => preview);
    expect(previews.length).toBe(3);
    expect(previews[0]!.preview).toMatchObject({ width: 64, height: 64 });
    expect(seen.data).toEqual((await drawn(tiny.pipeline, base)).data);
  });
});

/** The real runtime, with a memory that is said to run out where `fails` is true. */
function shortOfMemory(
  runtime: GraphRuntime,
  fails: (event: {
    kind: 'load' | 'run';
    name: string;
    loaded: number;
    rows: number;
    cells: number;
    inPlace: boolean;
  }) => boolean,
  more: Pick<GraphRuntime, 'availableMemory' | 'loadCost'> = {},
): GraphRuntime {
  let loaded = 0;
  const check = (event: Parameters<typeof fails>[0]) => {
    if (fails(event)) throw new StablePoseError('out-of-memory', 'No memory is left.');
  };
  return {
    ...more,
    provider: runtime.provider,
    description: runtime.description,
    async load(source, options) {
      const inPlace = options?.weightsInPlace ?? false;
      check({ kind: 'load', name: source.name, loaded, rows: 0, cells: 0, inPlace });
      const graph = await runtime.load(source, options);
      loaded++;
      return {
        inputNames: graph.inputNames,
        outputNames: graph.outputNames,
        async run(inputs, runOptions) {
          const [rows = 0, , height = 0, width = 0] = inputs.latents?.dims ?? [];
          check({ kind: 'run', name: source.name, loaded, rows, cells: height * width, inPlace });
          return graph.run(inputs, runOptions);
        },
        async dispose() {
          loaded--;
          await graph.dispose();
        },
      };
    },
    dispose: () => runtime.dispose(),
  };
}

describe('where memory is short', () => {
  const request = { ...base, poses: [person] };
  let expected: Raster;
  beforeAll(async () => {
    expected = await drawn(tiny.pipeline, request);
  });
  const on = (runtime: GraphRuntime, partsInTurn?: boolean) =>
    createPipeline({ runtime, model: tiny.model, adapters: { pose: tiny.adapter }, partsInTurn });

  it('parts loaded in turn give the same picture, and are never all there', async () => {
    let most = 0;
    const runtime = shortOfMemory(tiny.runtime, ({ loaded }) => {
      most = Math.max(most, loaded);
      return false;
    });
    const pipeline = on(runtime, true);
    expect((await drawn(pipeline, request)).data).toEqual(expected.data);
    await pipeline.dispose();
    expect(most).toBe(2);
  });

  it('a part that does not fit beside the others is loaded without them', async () => {
    const pipeline = on(shortOfMemory(tiny.runtime, ({ kind, loaded }) => kind === 'load' && loaded >= 2));
    expect((await drawn(pipeline, request)).data).toEqual(expected.data);
    await pipeline.dispose();
  });

  it('a part that fits nowhere is told with the numbers', async () => {
    const pipeline = on(shortOfMemory(tiny.runtime, ({ kind, name }) => kind === 'load' && name === 'unet'));
    await expect(drawn(pipeline, request)).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/unet alone needs about [\d.]+ GB while it is loaded\./),
    });
    await pipeline.dispose();
  });

  describe('as the runtime tells', () => {
    /** Laid out for speed the tiny weights are said to be large, so that they outweigh what is computed with. */
    const loadCost: GraphRuntime['loadCost'] = ({ weightBytes }, { weightsInPlace } = {}) =>
      weightsInPlace
        ? { heldBytes: weightBytes, peakBytes: weightBytes }
        : { heldBytes: 1000 * weightBytes, peakBytes: 1750 * weightBytes };
    const estimated = async () => {
      const pipeline = on(shortOfMemory(tiny.runtime, () => false, { loadCost }));
      const estimate = await pipeline.estimateMemory(request);
      await pipeline.dispose();
      return estimate;
    };
    const withMemory = async (availableBytes: number) => {
      const loads: { name: string; loaded: number; inPlace: boolean }[] = [];
      const runtime = shortOfMemory(
        tiny.runtime,
        (event) => {
          loads.push(event);
          return false;
        },
        {
          loadCost,
          availableMemory: async () => availableBytes,
        },
      );
      const pipeline = on(runtime);
      const result = pipeline.generate(request).finally(() => pipeline.dispose());
      return { loads, result };
    };

    it('parts that fit only one after the other are loaded so, counting what their loading takes', async () => {
      const { weightBytes, largestGroupBytes, loadingBytes, activationBytes } = await estimated();
      expect(loadingBytes).toBeGreaterThan(activationBytes);
      const whole = await withMemory(weightBytes + loadingBytes);
      await whole.result;
      expect(Math.max(...whole.loads.map(({ loaded }) => loaded))).toBeGreaterThan(2);
      const inTurn = await withMemory(weightBytes + loadingBytes - 1);
      const { pictures } = await inTurn.result;
      expect(Math.max(...inTurn.loads.map(({ loaded }) => loaded))).toBe(2);
      expect(inTurn.loads.some(({ inPlace }) => inPlace)).toBe(false);
      expect(pictures[0]!.raster.data).toEqual(expected.data);
      expect(weightBytes).toBeGreaterThan(largestGroupBytes);
    });

    it('parts that do not fit so either leave their weights in place, and the result says it', async () => {
      const { largestGroupBytes, loadingBytes } = await estimated();
      const { loads, result } = await withMemory(largestGroupBytes + loadingBytes - 1);
      const { raster, warnings } = (await result).pictures[0]!;
      expect(loads.every(({ inPlace }) => inPlace)).toBe(true);
      expect(warnings.join()).toMatch(/Memory was short, so weights were left in their files/);
      // Sums in another order, rounded to bytes.
      expect(farthest(raster, expected)).toBeLessThanOrEqual(1);
    });

    it('a picture that fits in no way is refused with the numbers before anything is loaded', async () => {
      const { loads, result } = await withMemory(1000);
      await expect(result).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(
          /needs [\d.]+ GB for weights at once and about [\d.]+ GB .*; 0\.00 GB are free/,
        ),
        details: { availableBytes: 1000 },
      });
      expect(loads).toEqual([]);
    });

    it('a part for which memory ran out all the same is loaded in place', async () => {
      const runtime = shortOfMemory(
        tiny.runtime,
        ({ kind, name, inPlace }) => kind === 'load' && name === 'unet' && !inPlace,
        { loadCost },
      );
      const pipeline = on(runtime);
      expect(farthest(await drawn(pipeline, request), expected)).toBeLessThanOrEqual(1);
      await pipeline.dispose();
    });

    it('a part that memory is refused to, though some is free, is told so', async () => {
      const pipeline = on(
        shortOfMemory(tiny.runtime, ({ kind }) => kind === 'load', { availableMemory: async () => 8e9 }),
      );
      await expect(drawn(pipeline, request)).rejects.toMatchObject({
        code: 'out-of-memory',
        message: expect.stringMatching(/was given less, though 8\.0 GB are free\. Raise the limit/),
      });
      await pipeline.dispose();
    });
  });

  it('the rows of a guided step run one after the other', async () => {
    const pipeline = on(
      shortOfMemory(tiny.runtime, ({ kind, name, rows }) => kind === 'run' && name === 'unet' && rows > 1),
    );
    // One row's matrix products may be cut otherwise than two rows'; the result is rounded to bytes.
    expect(farthest(await drawn(pipeline, request), expected)).toBeLessThanOrEqual(1);
    await pipeline.dispose();
  });

  it('the decoder works in tiles', async () => {
    const large = { ...request, width: 160, height: 160 };
    const pipeline = on(
      shortOfMemory(
        tiny.runtime,
        ({ kind, name, cells }) => kind === 'run' && name === 'vae-decoder' && cells > 300,
      ),
    );
    const picture = await drawn(pipeline, { ...large, vaeTile: { size: 512, overlap: 32 } });
    await pipeline.dispose();
    const tiled = await drawn(tiny.pipeline, { ...large, vaeTile: { size: 128, overlap: 32 } });
    expect([picture.width, picture.height]).toEqual([160, 160]);
    expect(picture.data.length).toBe(tiled.data.length);
  });
});

describe('an inpainting UNet of nine channels', () => {
  it('sees mask and picture, and leaves the rest untouched', async () => {
    const folder = join(scratch, 'inpainting');
    cpSync(tiny.folder, folder, { recursive: true });
    const checkpoint = join(folder, 'tiny.safetensors');
    const tensors = referenceTensors('model/tiny.safetensors');
    const key = 'model.diffusion_model.input_blocks.0.0.weight';
    const written: Record<string, Written> = {};
    for (const name of tensors.names) {
      try {
        written[name] = tensors.get(name, 'F32');
      } catch {
        // Buffers of whole numbers, which no network needs.
      }
    }
    const { shape, data } = tensors.get(key, 'F32');
    const [out, , side] = shape as [number, number, number, number];
    const kernel = side * side;
    const wide = waves(out * 9 * kernel, 0.05);
    for (let o = 0; o < out; o++) {
      wide.set(data.subarray(o * 4 * kernel, (o + 1) * 4 * kernel), o * 9 * kernel);
    }
    written[key] = { shape: [out, 9, side, side], data: wide };
    writeSafetensors(checkpoint, written);
    const model = await openModel({ path: folder });
    expect(model.config.unet.inputChannels).toBe(9);
    const pipeline = createPipeline({ runtime: tiny.runtime, model, adapters: { pose: tiny.adapter } });

    const picture = raster(
      64,
      64,
      3,
      Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 37) % 256),
    );
    const mask = raster(64, 64, 1);
    for (let y = 16; y < 48; y++) mask.data.fill(255, y * 64 + 16, y * 64 + 48);
    const request = { ...base, poses: [person], image: { picture: base64Png(picture), strength: 1 } };
    const result = await drawn(pipeline, { ...request, mask: { picture: base64Png(mask), feather: 2 } });
    let inside = 0;
    for (let i = 0; i < mask.data.length; i++) {
      const differs = [0, 1, 2].some((c) => result.data[3 * i + c] !== picture.data[3 * i + c]);
      if (mask.data[i] === 0) expect(differs).toBe(false);
      else if (differs) inside++;
    }
    expect(inside).toBeGreaterThan(500);
    const words = await drawn(pipeline, base);
    expect([words.width, words.height]).toEqual([64, 64]);
    await pipeline.dispose();
    await model.dispose();
  });
});

describe('LoRAs and learned embeddings', () => {
  it('change the picture by their strength and their token', async () => {
    const at = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q';
    const lora = writeSafetensors(join(scratch, 'style.safetensors'), {
      [`${at}.lora_down.weight`]: { shape: [4, 32], data: waves(128, 0.6) },
      [`${at}.lora_up.weight`]: { shape: [32, 4], data: waves(128, 0.8) },
      [`${at}.alpha`]: { shape: [], data: Float32Array.of(4) },
    });
    const embedding = writeSafetensors(join(scratch, 'mood.safetensors'), {
      emb_params: { shape: [2, 48], data: waves(96, 1) },
    });
    const model = await openModel({
      path: tiny.folder,
      loras: [{ path: lora, name: 'style' }],
      embeddings: [{ path: embedding, token: 'mood' }],
    });
    const pipeline = createPipeline({ runtime: tiny.runtime, model, adapters: { pose: tiny.adapter } });
    const plain = await drawn(tiny.pipeline, base);
    // The graph with a table of learned embeddings gathers otherwise, and computes the same.
    expect((await drawn(pipeline, base)).data).toEqual(plain.data);
    const using = (strength: number) => drawn(pipeline, { ...base, loras: [{ model: 'style', strength }] });
    expect(farthest(await using(0), plain)).toBe(0);
    expect(farthest(await using(1), plain)).toBeGreaterThan(0);
    expect(farthest(await using(1), await using(-1))).toBeGreaterThan(0);
    const mood = await drawn(pipeline, { ...base, prompt: 'a person mood' });
    expect(farthest(mood, plain)).toBeGreaterThan(0);
    const heavy = await drawn(pipeline, { ...base, prompt: 'a person (mood:1.5)' });
    expect(farthest(heavy, mood)).toBeGreaterThan(0);
    await pipeline.dispose();
    await model.dispose();
  });
});
