// What the tests' pages run: everything by its name on `globalThis.page`.
import { float32, StablePoseError } from '@stable-pose/core';
import { createWebGpuDevice, createWebRuntime, isSoftwareAdapter } from '@stable-pose/core/onnx-web';
import type { GenerationEngine } from '@stable-pose/sdk';
import { engineChecks, runConformance } from '@stable-pose/sdk/testing';
import { createWebEngine, openWebModelStore, probeWebGpu, workerFromScript } from '@stable-pose/sdk/web';
import { squareGraph } from '../../core/runtime/small-graphs.ts';

const page = {
  StablePoseError,
  float32,
  squareGraph,
  createWebRuntime,
  createWebGpuDevice,
  isSoftwareAdapter,
  engineChecks,
  runConformance,
  createWebEngine,
  openWebModelStore,
  probeWebGpu,
  workerFromScript,
  /** Blobs of what is served below a folder. */
  async filesAt(folder: string, names: readonly string[]): Promise<Record<string, Blob>> {
    const files: Record<string, Blob> = {};
    for (const name of names) files[name] = await (await fetch(`${folder}/${name}`)).blob();
    return files;
  },
  /** Of every model of an engine: its id, and the names of its adapters. */
  async adaptersOf(engine: GenerationEngine): Promise<readonly (readonly string[])[]> {
    const models = await engine.models();
    return models.map(({ id, adapters }) => [id, ...adapters.map(({ name }) => name)]);
  },
  /** What a promise rejects with, as plain JSON; undefined when it resolves. */
  async failure(work: Promise<unknown>): Promise<{ code: string; message: string } | undefined> {
    try {
      await work;
      return undefined;
    } catch (error) {
      const { code, message } = StablePoseError.from(error);
      return { code, message };
    }
  },
};

export type TestPage = typeof page;

Object.assign(globalThis, { page });
