import type { GraphSource } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Graph, GraphRuntime } from '../runtime/index.ts';

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
}

/**
 * Loads graphs when they are first asked for and keeps them for the next picture. With `partsInTurn`, graphs of other
 * groups are released before one is loaded; where memory runs out, that way is taken from then on.
 */
export class GraphShelf {
  partsInTurn: boolean;
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
      entry.graph = await this.runtime.load(entry.source, { signal });
    } catch (error) {
      if (StablePoseError.from(error).code !== 'out-of-memory') throw error;
      this.partsInTurn = true;
      await this.releaseOthers(place.group);
      entry.graph = await this.loadAlone(entry, signal);
    }
    return entry.graph;
  }

  /** Bytes of weights that the graph of a place holds when loaded, and whether it is. */
  async weigh(place: ShelfPlace): Promise<{ readonly weightBytes: number; readonly isLoaded: boolean }> {
    const { source, graph } = await this.entryOf(place);
    return { weightBytes: source.weightBytes, isLoaded: graph !== undefined };
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
    const entry: Shelved = { place, source: await place.open() };
    this.shelved.set(place.slot, entry);
    return entry;
  }

  private async loadAlone({ source }: Shelved, signal: AbortSignal | undefined): Promise<Graph> {
    try {
      return await this.runtime.load(source, { signal });
    } catch (error) {
      if (StablePoseError.from(error).code !== 'out-of-memory') throw error;
      const available = await this.runtime.availableMemory?.();
      throw new StablePoseError(
        'out-of-memory',
        `The ${source.name} alone needs ${gigabytes(source.weightBytes)} for its weights${available === undefined ? '' : `; ${gigabytes(available)} are free`}.`,
        {
          remedy: 'Close other programs, or use a smaller model.',
          details: { weightBytes: source.weightBytes, availableBytes: available ?? null },
          cause: error,
        },
      );
    }
  }
}

async function release(entry: Shelved): Promise<void> {
  const { graph } = entry;
  entry.graph = undefined;
  await graph?.dispose();
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}
