import { StablePoseError } from '@stable-pose/core';
import { givenFiles, inspectCheckpoint, openAdapter, openModel } from '@stable-pose/models/web';
import type { ExplainedFiles } from '../model-store.ts';
import type { GivenFiles } from './given-model.ts';

/** Reads headers only, and runs nothing. Never fails: what cannot be read is said. */
export async function explainFiles(given: GivenFiles): Promise<ExplainedFiles> {
  const entries = Object.entries(given);
  const sizes = entries.map(([, file]) => ('size' in file ? file.size : file.byteLength));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const [largest = ''] = entries.map(([name]) => name).sort((a, b) => sizeOf(given[b]) - sizeOf(given[a]));
  const files = givenFiles(given);
  // A folder is one place; a checkpoint with what lies beside it is the checkpoint.
  const path = entries.some(([name]) => name.includes('/')) ? '' : largest;
  const summary = await inspectCheckpoint(files, path).catch(() => undefined);
  const common = { bytes, parameters: summary?.parameters ?? 0 };
  let failure: StablePoseError;
  try {
    const model = await openModel(files, { path });
    const { name, licence } = model.config;
    await model.dispose();
    return { kind: 'model', name, licence, ...common, notes: summary?.warnings ?? [] };
  } catch (error) {
    failure = StablePoseError.from(error);
  }
  try {
    const adapter = await openAdapter(files, { path });
    const { name, licence } = adapter.config;
    const notes = adapter.warnings ?? [];
    await adapter.dispose();
    return { kind: 'adapter', name, licence, ...common, notes };
  } catch {
    // Why it is no model says more.
  }
  return { kind: 'neither', name: largest, ...common, notes: [failure.message] };
}

const sizeOf = (file: GivenFiles[string]): number => ('size' in file ? file.size : file.byteLength);
