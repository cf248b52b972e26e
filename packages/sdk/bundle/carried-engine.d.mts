import type { BuildOptions } from 'esbuild';

/** A plug-in's script as text, whichever half of it runs it. */
export function bundleScript(entry: BuildOptions): Promise<string>;
/** A script of a plug-in's page, or of a worker in it, as text. */
export function bundlePageScript(entry: BuildOptions): Promise<string>;
/**
 * Name and bytes of everything that `openCarriedEngine` reads.
 * @param options.models where the figurine lies, for tests; with `eyes/` in it, the network that cuts people out is carried too
 */
export function carriedFiles(options: {
  readonly withModels: boolean;
  readonly models?: string;
}): AsyncGenerator<readonly [name: string, bytes: string | Uint8Array]>;
/** As `unpackCarried` reads it. */
export function packCarried(bytes: string | Uint8Array): string;
