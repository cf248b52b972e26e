import type { InPlaceRange } from './weight-checkpoint.ts';

/** Takes weights that cannot be used where they lie and are too many to write into a graph. Whoever makes it disposes it. */
export interface WeightScratch {
  /** Where the weight called `name` lies; `read` gives its bytes the first time. @throws disk-full, write-failed */
  place(name: string, read: () => Promise<Uint8Array>): Promise<InPlaceRange>;
  /** Removes what was written. Graphs that are loaded from it may need it still: dispose them first. */
  dispose(): Promise<void>;
}
