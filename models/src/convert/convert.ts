import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { GraphRuntime } from '@stable-pose/core';
import type {
  BasePart,
  ExecutionProvider,
  GraphSource,
  PartName,
  TokenizerFiles,
} from '@stable-pose/core/contract';
import { StablePoseError, throwIfCancelled } from '@stable-pose/core/errors';
import { type AdapterGraphs, adapterGraphs } from '../adapter-graphs.ts';
import type { AdapterParts } from '../adapter-source.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { diskFiles } from '../files/disk-files.ts';
import { type ModelParts, modelGraphs, shapesOf } from '../model-source.ts';
import { compileGraph } from '../onnx/compile-graph.ts';
import type { GraphPlan } from '../onnx/graph-builder.ts';
import type { WeightCheckpoint } from '../onnx/weight-checkpoint.ts';
import { type OpenAdapterOptions, openAdapterParts } from '../open-adapter.ts';
import { type OpenModelOptions, openModelParts } from '../open-model.ts';
import { incompleteMarker } from './converted-folder.ts';
import {
  type ManifestFile,
  type ManifestGraph,
  type ManifestParity,
  type ModelManifest,
  manifestFormat,
  manifestName,
  manifestVersion,
  type WeightPart,
  weightFiles,
} from './manifest.ts';
import { comparePsnr } from './parity.ts';
import { sha256Of } from './verify-converted.ts';
import { writeFailure } from './write-failure.ts';
import { writeSafetensors } from './write-safetensors.ts';

/** What is converted, and to what. */
export interface ConvertOptions {
  /** The model to convert. */
  readonly source: OpenModelOptions;
  /** The adapter to put beside it; left out: the one in the model's own file, when there is one. */
  readonly adapter?: OpenAdapterOptions;
  /** The folder to make. It must not exist, unless `overwrite`. */
  readonly out: string;
  readonly precision: 'fp16' | 'fp32';
  readonly name?: string;
  readonly licence?: string;
  readonly overwrite?: boolean;
  /** Providers that graphs are written for; `cpu` and `webgpu` when left out. */
  readonly providers?: readonly ExecutionProvider[];
  /** Runs every graph of the result, of each provider, and of the source on the same inputs; fails when one is not near enough. */
  readonly parity?: {
    readonly runtime: GraphRuntime;
    /** Decibels; {@link defaultMinimumPsnr} when left out. */
    readonly minimumPsnr?: number;
  };
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ConvertProgress) => void;
}

/** Where a conversion stands. */
export interface ConvertProgress {
  readonly stage: 'weights' | 'graphs' | 'parity';
  /** Bytes in stage `weights`, graphs otherwise. */
  readonly done: number;
  readonly total: number;
  /** File or part at work. */
  readonly what: string;
}

/**
 * float16 keeps 11 bits of a weight, which leaves some 60 dB in these networks; 40 would be visible. float32 to float32 is
 * equal to the bit where the graph is written alike, sums in another order leave more than 100 dB, and other sources
 * (float64) round once.
 */
export const defaultMinimumPsnr: Readonly<Record<ConvertOptions['precision'], number>> = {
  fp16: 45,
  fp32: 90,
};

/** One graph of the folder: where it comes from and where its weights go. */
interface Station {
  readonly part: PartName;
  readonly weights: WeightPart;
  readonly plan: (provider: ExecutionProvider) => GraphPlan;
  readonly checkpoint: WeightCheckpoint;
}

/**
 * Writes a model as a self-contained folder: graphs (`<part>.onnx`, `<part>.webgpu.onnx`), weights (safetensors with upstream
 * key names, which the graphs use in place), tokenizer and manifest. Weights go through one tensor at a time. Everything is
 * written beside `out` and renamed at the end, so a folder of that name is always whole.
 * @throws what openModel and openAdapter throw; write-failed, disk-full, cancelled; model-corrupt when parity fails;
 *   invalid-input when `out` exists
 */
export async function convert(options: ConvertOptions): Promise<ModelManifest> {
  const out = resolve(options.out);
  if (existsSync(out) && !options.overwrite) {
    throw new StablePoseError('invalid-input', `${out} exists already.`, {
      remedy: 'Choose another folder, or say that it may be overwritten.',
      details: { out },
    });
  }
  const model = await openModelParts(diskFiles, options.source);
  try {
    const adapter = await openAdapterOf(options);
    try {
      return await writeWhole(out, (folder) => writeFolder(folder, options, model, adapter));
    } finally {
      await adapter?.close();
    }
  } finally {
    await model.close();
  }
}

async function openAdapterOf({ adapter, source }: ConvertOptions): Promise<AdapterParts | undefined> {
  if (adapter) return openAdapterParts(diskFiles, adapter);
  try {
    return await openAdapterParts(diskFiles, { path: source.path, config: source.config });
  } catch (error) {
    // The model's file holds no adapter: the folder holds a base model alone.
    if (StablePoseError.is(error) && error.code === 'architecture-unsupported') return undefined;
    throw error;
  }
}

/** Runs `write` on a folder beside `out`, then renames it; nothing is left when it fails. */
async function writeWhole<T>(out: string, write: (folder: string) => Promise<T>): Promise<T> {
  const folder = partialName(out, process.pid);
  try {
    await removeAbandoned(out);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, incompleteMarker), '');
    const result = await write(folder);
    await rm(join(folder, incompleteMarker));
    await replace(out, folder);
    return result;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw writeFailure(error, out);
  }
}

/** Gives the folder its name. What stood there is removed afterwards, and comes back when the name cannot be given. */
async function replace(out: string, folder: string): Promise<void> {
  if (!existsSync(out)) return rename(folder, out);
  const replaced = `${folder}.replaced`;
  await rename(out, replaced);
  try {
    await rename(folder, out);
  } catch (error) {
    await rename(replaced, out);
    throw error;
  }
  await rm(replaced, { recursive: true, force: true });
}

const partialName = (out: string, pid: number | string): string =>
  join(dirname(out), `.${basename(out)}.${pid}.partial`);

/** Removes what conversions to the same place left that were killed: their processes are gone. */
async function removeAbandoned(out: string): Promise<void> {
  if (!existsSync(dirname(out))) return;
  for (const name of await readdir(dirname(out))) {
    const pid = /\.(\d+)\.partial$/.exec(name)?.[1];
    const path = join(dirname(out), name);
    if (pid === undefined || path !== partialName(out, pid)) continue;
    if (Number(pid) === process.pid || !isRunning(Number(pid)))
      await rm(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user cannot be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function writeFolder(
  folder: string,
  options: ConvertOptions,
  model: ModelParts,
  adapter: AdapterParts | undefined,
): Promise<ModelManifest> {
  const base = modelGraphs(model);
  const pose = adapter && adapterGraphs(adapter.kind, shapesOf(adapter.checkpoint), adapter.settings);
  const stations = [...baseStations(base), ...(adapter && pose ? adapterStations(pose, adapter) : [])];
  const files: ManifestFile[] = [];
  files.push(...(await writeWeights(folder, options, stations)));
  if (model.tokenizer) files.push(...(await writeTokenizer(folder, model.tokenizer)));

  const weights = new Map<WeightPart, Checkpoint>();
  try {
    for (const { weights: part } of stations) {
      if (!weights.has(part))
        weights.set(part, await openCheckpoint(diskFiles, join(folder, weightFiles[part])));
    }
    const graphs = await writeGraphs(folder, options, stations, weights, files);
    const parity = await checkParity(options, stations, weights, {
      tokens: base.config.text.contextLength,
      vocabulary: base.config.text.endId + 1,
      // Two of the deepest cells a side.
      side: (base.config.unet.sizeMultiple / base.config.latents.factor) * 2,
    });
    const { settings } = model;
    const manifest: ModelManifest = {
      format: manifestFormat,
      version: manifestVersion,
      name: options.name ?? base.config.name,
      licence: options.licence ?? base.config.licence,
      precision: options.precision,
      config: {
        ...base.config,
        name: options.name ?? base.config.name,
        licence: options.licence ?? base.config.licence,
      },
      adapter: pose?.config,
      settings: { ...settings, adapter: adapter?.settings.adapter ?? settings.adapter },
      graphs,
      parity,
      minimumPsnr: options.parity && minimumPsnrOf(options),
      files,
    };
    await writeFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
    return manifest;
  } finally {
    for (const opened of weights.values()) await opened.close();
  }
}

function baseStations(graphs: ReturnType<typeof modelGraphs>): Station[] {
  const station = (part: BasePart, weights: WeightPart): Station => ({
    part,
    weights,
    plan: (provider) => graphs.plan(part, { provider }),
    checkpoint: graphs.checkpoints(part).model!,
  });
  return [
    station('text-encoder', 'text'),
    station('unet', 'unet'),
    station('vae-decoder', 'vae'),
    station('vae-encoder', 'vae'),
  ];
}

function adapterStations({ parts, plan }: AdapterGraphs, { checkpoint }: AdapterParts): Station[] {
  return parts.map((part) => ({
    part,
    weights: 'adapter',
    plan: (provider) => plan(part, { provider }),
    checkpoint,
  }));
}

async function writeWeights(
  folder: string,
  options: ConvertOptions,
  stations: readonly Station[],
): Promise<ManifestFile[]> {
  const parts = new Map<WeightPart, { checkpoint: WeightCheckpoint; keys: Set<string> }>();
  for (const { weights, plan, checkpoint } of stations) {
    const part = parts.get(weights) ?? { checkpoint, keys: new Set<string>() };
    for (const use of plan('cpu').weights) part.keys.add(use.key);
    parts.set(weights, part);
  }
  const elementBytes = options.precision === 'fp16' ? 2 : 4;
  let total = 0;
  for (const { checkpoint, keys } of parts.values()) {
    for (const key of keys) {
      const shape = checkpoint.tensors.get(key)?.shape ?? [];
      total += shape.reduce((product, dim) => product * dim, 1) * (shape.length < 2 ? 4 : elementBytes);
    }
  }
  await refuseFullDisk(folder, total);

  let done = 0;
  const files: ManifestFile[] = [];
  for (const [part, { checkpoint, keys }] of parts) {
    const path = weightFiles[part];
    const { bytes, sha256 } = await writeSafetensors(join(folder, path), checkpoint, {
      keys: [...keys].filter((key) => checkpoint.tensors.has(key)),
      precision: options.precision,
      signal: options.signal,
      onBytes(written) {
        done += written;
        options.onProgress?.({ stage: 'weights', done, total: Math.max(total, done), what: path });
      },
    });
    files.push({ path, bytes, sha256 });
  }
  return files;
}

/** Graphs and tokenizer are a few megabytes beside the weights. */
const spareBytes = 16 * 1024 * 1024;

async function refuseFullDisk(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + spareBytes) return;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(2)} GB`;
  throw new StablePoseError(
    'disk-full',
    `The converted model needs ${gigabytes(bytes + spareBytes)}, but the disk has ${gigabytes(free)} left.`,
    { remedy: 'Free some space, or write to another disk.', details: { needed: bytes + spareBytes, free } },
  );
}

async function writeTokenizer(
  folder: string,
  { tokenizer, config }: TokenizerFiles,
): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  for (const [path, content] of [
    ['tokenizer.json', tokenizer],
    ['tokenizer_config.json', config],
  ] as const) {
    files.push(await writeHashed(folder, path, new TextEncoder().encode(JSON.stringify(content))));
  }
  return files;
}

async function writeHashed(folder: string, path: string, bytes: Uint8Array): Promise<ManifestFile> {
  await writeFile(join(folder, path), bytes);
  return { path, bytes: bytes.length, sha256: await sha256Of(join(folder, path)) };
}

async function writeGraphs(
  folder: string,
  options: ConvertOptions,
  stations: readonly Station[],
  weights: ReadonlyMap<WeightPart, Checkpoint>,
  files: ManifestFile[],
): Promise<ManifestGraph[]> {
  const graphs: ManifestGraph[] = [];
  const providers = providersOf(options);
  for (const { part, weights: from, plan } of stations) {
    for (const provider of providers) {
      throwIfCancelled(options.signal);
      const total = stations.length * providers.length;
      options.onProgress?.({ stage: 'graphs', done: graphs.length, total, what: part });
      const { model } = await compileGraph(plan(provider), { model: weights.get(from)! });
      const path = provider === 'cpu' ? `${part}.onnx` : `${part}.${provider}.onnx`;
      files.push(await writeHashed(folder, path, model));
      graphs.push({ part, provider, path, weights: weightFiles[from] });
    }
  }
  return graphs;
}

const providersOf = ({ providers }: ConvertOptions): readonly ExecutionProvider[] =>
  providers ?? ['cpu', 'webgpu'];

const minimumPsnrOf = (options: ConvertOptions): number =>
  options.parity?.minimumPsnr ?? defaultMinimumPsnr[options.precision];

/** @throws model-corrupt naming the graph that is not near enough */
async function checkParity(
  options: ConvertOptions,
  stations: readonly Station[],
  weights: ReadonlyMap<WeightPart, Checkpoint>,
  dims: Parameters<typeof comparePsnr>[4],
): Promise<ManifestParity[]> {
  if (!options.parity) return [];
  const { runtime } = options.parity;
  const minimum = minimumPsnrOf(options);
  const providers = providersOf(options);
  const total = stations.length * providers.length;
  const results: ManifestParity[] = [];
  for (const { part, weights: from, plan, checkpoint } of stations) {
    throwIfCancelled(options.signal);
    options.onProgress?.({ stage: 'parity', done: results.length, total, what: part });
    const built = plan(runtime.provider);
    const reference = await compileGraph(built, { model: checkpoint });
    const written: GraphSource[] = [];
    for (const provider of providers) {
      written.push(await compileGraph(plan(provider), { model: weights.get(from)! }));
    }
    const found = await comparePsnr(runtime, reference, written, built.inputs, dims);
    for (const [i, psnr] of found.entries()) {
      const provider = providers[i]!;
      if (psnr !== null && psnr < minimum) {
        throw new StablePoseError(
          'model-corrupt',
          `The converted ${part} for ${provider} differs too much from its source: ${psnr.toFixed(1)} dB, ${minimum} dB or more is asked.`,
          { remedy: 'Convert to fp32, or ask for less.', details: { part, provider, psnr, minimum } },
        );
      }
      results.push({ part, provider, psnr });
    }
  }
  return results;
}
