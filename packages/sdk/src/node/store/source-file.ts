/** What the content of a file must hash to. */
export type FileHash =
  | { readonly kind: 'sha256'; readonly hex: string }
  /** What git names a file by: SHA-1 of `blob SIZE\0` and the content. Hubs state it for small files. */
  | { readonly kind: 'git-blob'; readonly hex: string };

/** A file that can be fetched from some byte on. */
export interface SourceFile {
  /** Inside the model, with `/`. */
  readonly path: string;
  /** Absent where nobody said. */
  readonly bytes?: number;
  readonly hash?: FileHash;
  /**
   * The content from a byte on. A source that cannot begin there says where it begins instead.
   * @throws model-not-found, download-failed; errors of the connection as they are
   */
  open(from: number, request: SourceRequest): Promise<OpenedSource>;
}

export interface SourceRequest {
  /** Of what is here already: a source whose file is another one by now begins at 0. */
  readonly version?: string;
  readonly signal?: AbortSignal;
}

export interface OpenedSource {
  /** 0, or what was asked for. */
  readonly from: number;
  /** Of the whole file, where known. */
  readonly bytes?: number;
  /** Tells this content from a later one: an ETag, a time. */
  readonly version?: string;
  readonly content: AsyncIterable<Uint8Array>;
}
