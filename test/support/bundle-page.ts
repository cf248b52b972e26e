import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

export const repositoryRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/** An entry and its chunks as modules, from the sources, by the paths that they are served at. */
export async function bundleModules(
  entries: Readonly<Record<string, string>>,
): Promise<Record<string, Uint8Array>> {
  const entryPoints = Object.entries(entries).map(([out, file]) => ({ in: file, out }));
  const files = await bundle({ entryPoints, format: 'esm', splitting: true });
  return Object.fromEntries(files.map(({ path, contents }) => [path, contents]));
}

/** An entry as one classic script. */
export async function bundleScript(entry: string): Promise<string> {
  const [file] = await bundle({ entryPoints: [entry], format: 'iife' });
  return file!.text;
}

async function bundle(options: BuildOptions) {
  const { outputFiles = [] } = await build({
    bundle: true,
    write: false,
    outdir: '/',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    absWorkingDir: repositoryRoot,
    logLevel: 'error',
    // A classic script has no import.meta; what asks for it has another way there.
    logOverride: { 'empty-import-meta': 'silent' },
    ...options,
  });
  return outputFiles;
}
