/** A place on the device where models lie: a folder in Node, OPFS in a page. */
export interface ModelStore {
  /** What is there, complete or in the middle. @throws storage-unavailable */
  list(): Promise<readonly StoredModel[]>;
  /**
   * Fetches a model, or what is still missing of it: aborting pauses, the same call again resumes. Every file is verified
   * by its hash where the source states one, and appears under its name only when it is whole.
   * @throws cancelled, download-failed (trying again resumes), model-not-found, model-corrupt (a wrong hash: the file is
   * removed), disk-full, storage-full, storage-unavailable, invalid-input
   */
  pull(source: ModelReference, options?: PullOptions): Promise<StoredModel>;
  /** What is there of it, complete or not, goes away. One that is not there is no error. @throws storage-unavailable */
  remove(id: string): Promise<void>;
  usage(): Promise<StoreUsage>;
  /**
   * What files of one's own are, before they are kept: headers are read, nothing is run. Never fails: what cannot be read is
   * said. Absent where people have no files to give.
   */
  explain?(files: readonly File[]): Promise<ExplainedFiles>;
}

/** What files are, as far as their names and the names and shapes of their tensors tell. */
export interface ExplainedFiles {
  /** `model`: can be kept and asked for. `adapter`: goes with a model. `neither`: of no use here. */
  readonly kind: 'model' | 'adapter' | 'neither';
  readonly name: string;
  /** As its config says; absent for `neither`. */
  readonly licence?: string;
  readonly bytes: number;
  /** Of all tensors; 0 where there are none. */
  readonly parameters: number;
  /** What is odd about it, or why it is of no use: sentences. */
  readonly notes: readonly string[];
}

/** Where a model comes from. */
export type ModelReference =
  /** A repository on a hub that speaks Hugging Face's endpoints. */
  | {
      readonly from: 'hub';
      /** `owner/name`. */
      readonly repository: string;
      /** A branch, tag or commit; `main` when absent. */
      readonly revision?: string;
      /** Only these, as globs (`*` within a folder, `**` across); what a model needs when absent. */
      readonly files?: readonly string[];
    }
  /** One file, or a folder that has a `stable-pose-model.json`. */
  | {
      readonly from: 'url';
      /** https; http on loopback only. */
      readonly url: string;
      /** Of a single file, lower-case hexadecimal. */
      readonly sha256?: string;
    }
  /** Files of the device: a folder or a file's path in Node. */
  | { readonly from: 'path'; readonly path: string }
  /** Files that people dropped on a page. */
  | { readonly from: 'files'; readonly files: readonly File[] };

export interface StoredModel {
  /** What `request.model` and {@link ModelStore.remove} say. */
  readonly id: string;
  /** Shown to people. */
  readonly name: string;
  readonly isComplete: boolean;
  /** Here already. */
  readonly bytes: number;
  /** When complete; absent where nobody said yet. */
  readonly totalBytes?: number;
  readonly licence?: string;
  /** Absent for a model, and where nobody looked: an `adapter` goes with the models that it fits. */
  readonly kind?: 'adapter';
  /** Absent for files of one's own. */
  readonly source?: ModelReference;
}

export interface PullOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  readonly stage: 'list' | 'fetch' | 'verify';
  /** The file in work; empty while listing. */
  readonly file: string;
  /** Of all files together, those included that were here already. */
  readonly bytes: number;
  /** Absent where nobody said. */
  readonly totalBytes?: number;
  readonly bytesPerSecond?: number;
  readonly secondsRemaining?: number;
}

export interface StoreUsage {
  readonly usedBytes: number;
  /** That could be added; absent where the device does not tell. */
  readonly availableBytes?: number;
}
