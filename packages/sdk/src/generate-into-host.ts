import { type GenerationResult, StablePoseError, throwIfCancelled } from '@stable-pose/core';
import type { EngineProgress, GenerationEngine } from './generation-engine.ts';
import type { HostAdapter, PlacedId } from './host-adapter.ts';
import type { HostGeneration } from './host-generation.ts';
import { linkedAbort } from './linked-abort.ts';
import { placeIntoHost } from './place-into-host.ts';
import { type PreparedGeneration, prepareForHost } from './prepare-for-host.ts';
import { progressShare } from './progress-share.ts';
import { progressWords } from './progress-words.ts';

export interface GenerateIntoHostOptions {
  /** Cancels at any moment before the host begins to write; people can cancel in the host's own progress display too. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EngineProgress) => void;
  /** Before anything is placed, so that no picture is lost when placing fails. */
  readonly onPictures?: (result: GenerationResult, prepared: PreparedGeneration) => void;
  /** Heading of the host's progress display. */
  readonly title?: string;
  /** What the host's progress display says; {@link progressWords} when absent. */
  readonly words?: (progress: EngineProgress) => string;
  /** How long to go on trying to place while the host is busy, milliseconds. Default 10,000. */
  readonly busyTimeoutMs?: number;
}

export interface PlacedGeneration extends GenerationResult {
  /** As many as pictures, in their order. */
  readonly placed: readonly PlacedId[];
  readonly prepared: PreparedGeneration;
  /** Of the document and of the pictures, each once: sentences for people. */
  readonly notes: readonly string[];
}

/**
 * The one use case between host and engine: from what is selected in an editor to a picture in it. Reads selection, poses,
 * pixels and mask; rounds the size; generates; scales back, crops, masks, cuts out; places as one undo step. The document is
 * touched by the very last call only, which is whole or not at all: whenever this rejects, it is as it was.
 *
 * @throws everything that host and engine throw; cancelled
 */
export async function generateIntoHost(
  host: HostAdapter,
  engine: GenerationEngine,
  generation: HostGeneration,
  options: GenerateIntoHostOptions = {},
): Promise<PlacedGeneration> {
  const { onProgress, onPictures, title = 'Generating', words = progressWords, busyTimeoutMs } = options;
  const cancel = linkedAbort(options.signal);
  const { signal } = cancel;
  const display = host.startProgress(title, { onCancel: () => cancel.abort() });
  try {
    const prepared = await prepareForHost(host, engine, generation, signal);
    let furthest = 0;
    const result = await engine.generate(prepared.request, {
      signal,
      onProgress: (progress) => {
        furthest = Math.max(furthest, progressShare(progress));
        display.update(furthest, words(progress));
        onProgress?.(progress);
      },
    });
    throwIfCancelled(signal);
    onPictures?.(result, prepared);
    const placed = await placeIntoHost(host, engine, prepared, result.pictures, generation, {
      signal,
      busyTimeoutMs,
    });
    const notes = new Set([...prepared.notes, ...result.pictures.flatMap(({ warnings }) => warnings)]);
    return { ...result, placed, prepared, notes: [...notes] };
  } catch (error) {
    throw StablePoseError.from(error);
  } finally {
    cancel.unlink();
    display.end();
  }
}
