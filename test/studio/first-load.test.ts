import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/bundle-page.ts';

describe('the page without models', () => {
  it('loads 250 kB or less, gzipped, until people can pose', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: { main: 'packages/studio/src/page/main.ts' },
      bundle: true,
      minify: true,
      write: false,
      splitting: true,
      metafile: true,
      format: 'esm',
      outdir: '/',
      platform: 'browser',
      target: 'es2022',
      conditions: ['source'],
      absWorkingDir: repositoryRoot,
      logLevel: 'error',
    });
    // What the entry imports outright; the engine, fetched after the panel is there, is imported on demand.
    const needed = new Set<string>();
    const take = (path: string) => {
      if (needed.has(path)) return;
      needed.add(path);
      for (const { path: next, kind } of metafile.outputs[path].imports) {
        if (kind === 'import-statement' && metafile.outputs[next]) take(next);
      }
    };
    take(
      Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint?.endsWith('main.ts'))!,
    );
    const files = outputFiles.filter(({ path }) =>
      [...needed].some((name) => path.endsWith(name.split('/').at(-1)!)),
    );
    const bytes = files.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
    expect(files.length).toBe(needed.size);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThanOrEqual(250_000);
    console.log(`first load: ${Math.round(bytes / 1000)} kB gzipped in ${files.length} files`);
  });
});
