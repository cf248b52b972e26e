import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type AdapterSource, StablePoseError } from '@stable-pose/core';
import { openAdapter, openModel } from '@stable-pose/models';
import type { OpenedModel } from '../local-engine.ts';

/** Files that make a model. */
export interface NodeModelFiles {
  /** A checkpoint file; a folder that holds one; a folder in the diffusers layout; a converted folder. */
  readonly path: string;
  /** What requests say; the model's own name when absent. */
  readonly id?: string;
  /** Which weights of a diffusers folder: `fp16` names `*.fp16.safetensors`. */
  readonly variant?: string;
  /** Its config.json in the upstream layout, where none lies beside it. */
  readonly config?: string;
  /** A VAE of one's own. */
  readonly vae?: string;
  /** Files that requests name by their file name without its ending. */
  readonly loras?: readonly string[];
  /** Files whose name without its ending is the word in a prompt. */
  readonly embeddings?: readonly string[];
  /** Pose adapters that requests name by their file name without its ending. Absent: the one in the model's own file, if any. */
  readonly adapters?: readonly string[];
}

/** The name that requests say a file by: without folder and ending. */
export function fileTitle(path: string): string {
  return basename(path, extname(path));
}

/** @throws what opening the files throws */
export async function openModelFiles(files: NodeModelFiles): Promise<OpenedModel> {
  const opened: { dispose(): Promise<void> }[] = [];
  const dispose = async () => {
    for (const source of opened.splice(0).reverse()) await source.dispose();
  };
  const keep = <T extends { dispose(): Promise<void> }>(source: T): T => {
    opened.push(source);
    return source;
  };
  const { path, config, variant, vae, loras, embeddings } = files;
  try {
    const model = keep(
      await openModel({
        path,
        config,
        variant,
        vae,
        loras: loras?.map((file) => ({ path: file, name: fileTitle(file) })),
        embeddings: embeddings?.map((file) => ({ path: file, token: fileTitle(file) })),
      }),
    );
    const adapters: Record<string, AdapterSource> = {};
    for (const file of files.adapters ?? []) {
      adapters[fileTitle(file)] = keep(await openAdapter({ path: file }));
    }
    if (!files.adapters) {
      const own = await adapterIn(path, config);
      if (own) adapters[own.config.name] = keep(own);
    }
    return { model, adapters, bytes: bytesOf(path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** A checkpoint may hold its adapter too. */
async function adapterIn(path: string, config: string | undefined): Promise<AdapterSource | undefined> {
  try {
    return await openAdapter({ path, config });
  } catch (error) {
    if (StablePoseError.is(error) && error.code === 'architecture-unsupported') return undefined;
    throw error;
  }
}

/** Of a file, or of all files in a folder. */
export function bytesOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
