import type { BuildOptions } from 'esbuild';

/** A script of a plug-in's page, or of a worker in it, as text. */
export function bundlePageScript(entry: BuildOptions): Promise<string>;
/** Name and bytes of everything that `openCarriedEngine` reads. */
export function carriedFiles(options: {
  readonly withModels: boolean;
}): AsyncGenerator<readonly [name: string, bytes: string | Uint8Array]>;
/** As `unpackCarried` reads it. */
export function packCarried(bytes: string | Uint8Array): string;
