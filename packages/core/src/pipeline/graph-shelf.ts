import type { GraphSource } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Graph, GraphRuntime, LoadCost } from '../runtime/index.ts';
import { gigabytes } from './gigabytes.ts';
import type { LoadingWay } from './loading-way.ts';

/** Graphs that are needed at the same time; others may be released meanwhile. */
export type GraphGroup = 'text' | 'pose' | 'network' | 'encoder' | 'decoder';

/** Which graph: one at a time stands in each slot. */
export interface ShelfPlace {
  /** `unet`, `adapter pose`, ... */
  readonly slot: string;
  readonly group: GraphGroup;
  /** Everything that decides how the graph is built: another key builds it anew. */
  readonly key: string;
  readonly open: () => Promise<GraphSource>;
}

interface Shelved {
  readonly place: ShelfPlace;
  readonly source: GraphSource;
  graph?: Graph;
  /** How it was loaded. */
  weightsInPlace: boolean;
}

/**
 * Loads graphs when they are first asked for and keeps them for the next picture. With `partsInTurn`, graphs of other
 * groups are released before one is loaded; where memory runs out, that way is taken from then on, and after it weights are
 * left in place.
 */
export class GraphShelf implements LoadingWay {
  partsInTurn: boolean;
  weightsInPlace = false;
  private readonly runtime: GraphRuntime;
  private readonly shelved = new Map<string, Shelved>();

  constructor(runtime: GraphRuntime, partsInTurn: boolean) {
    this.runtime = runtime;
    this.partsInTurn = partsInTurn;
  }

  /**
   * The loaded graph of a place. It stays the shelf's: nobody else disposes it.
   * @throws out-of-memory with the numbers, when even alone it does not fit; what building and loading throw
   */
  async take(place: ShelfPlace, signal?: AbortSignal): Promise<Graph> {
    const entry = await this.entryOf(place);
    if (entry.graph) return entry.graph;
    if (this.partsInTurn) await this.releaseOthers(place.group);
    try {
      entry.graph = await this.load(entry, signal);
    } catch (error) {
      if (StablePoseError.from(error).code !== 'out-of-memory') throw error;
      this.partsInTurn = true;
      await this.releaseOthers(place.group);
      entry.graph = await this.loadAlone(entry, signal);
    }
    return entry.graph;
  }

  /** What the graph of a place takes: as it was loaded, or else as it would be; and whether it is. */
  async weigh(
    place: ShelfPlace,
    weightsInPlace: boolean,
  ): Promise<{ readonly cost: LoadCost; readonly isLoaded: boolean }> {
    const { source, graph, weightsInPlace: asLoaded } = await this.entryOf(place);
    const isLoaded = graph !== undefined;
    return { cost: this.costOf(source, isLoaded ? asLoaded : weightsInPlace), isLoaded };
  }

  async releaseOthers(group: GraphGroup): Promise<void> {
    for (const entry of this.shelved.values()) if (entry.place.group !== group) await release(entry);
  }

  async dispose(): Promise<void> {
    for (const entry of this.shelved.values()) await release(entry);
    this.shelved.clear();
  }

  private async entryOf(place: ShelfPlace): Promise<Shelved> {
    const found = this.shelved.get(place.slot);
    if (found?.place.key === place.key) return found;
    if (found) await release(found);
    const entry: Shelved = { place, source: await place.open(), weightsInPlace: false };
    this.shelved.set(place.slot, entry);
    return entry;
  }

  private load(entry: Shelved, signal: AbortSignal | undefined): Promise<Graph> {
    const { weightsInPlace } = this;
    entry.weightsInPlace = weightsInPlace;
    return this.runtime.load(entry.source, { signal, weightsInPlace });
  }

  private costOf(source: GraphSource, weightsInPlace: boolean): LoadCost {
    const { weightBytes } = source;
    const unknown = { heldBytes: weightBytes, peakBytes: weightBytes };
    return this.runtime.loadCost?.(source, { weightsInPlace }) ?? unknown;
  }

  private async loadAlone(entry: Shelved, signal: AbortSignal | undefined): Promise<Graph> {
    try {
      return await this.load(entry, signal);
    } catch (error) {
      if (StablePoseError.from(error).code !== 'out-of-memory') throw error;
      const { peakBytes } = this.costOf(entry.source, this.weightsInPlace);
      if (this.costOf(entry.source, true).peakBytes < peakBytes) {
        this.weightsInPlace = true;
        return this.loadAlone(entry, signal);
      }
      throw await this.lastWord(entry.source.name, peakBytes, error);
    }
  }

  private async lastWord(name: string, peakBytes: number, cause: unknown): Promise<StablePoseError> {
    const available = await this.runtime.availableMemory?.();
    const needs = `The ${name} alone needs about ${gigabytes(peakBytes)} while it is loaded`;
    const details = { peakBytes, availableBytes: available ?? null };
    const remedy = 'Close other programs, or use a smaller model.';
    if (available === undefined || available < peakBytes) {
      const free = available === undefined ? '' : `; ${gigabytes(available)} are free`;
      return new StablePoseError('out-of-memory', `${needs}${free}.`, { remedy, details, cause });
    }
    return new StablePoseError(
      'out-of-memory',
      `${needs} and was given less, though ${gigabytes(available)} are free.`,
      { remedy: `Raise the limit that is set for this program. ${remedy}`, details, cause },
    );
  }
}

async function release(entry: Shelved): Promise<void> {
  const { graph } = entry;
  entry.graph = undefined;
  await graph?.dispose();
}
