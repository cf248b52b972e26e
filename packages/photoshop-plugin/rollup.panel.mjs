import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { zipSync } from 'fflate';

const folder = fileURLToPath(new URL('.', import.meta.url));
const shared = {
  bundle: true,
  minify: true,
  format: 'iife',
  conditions: ['source'],
  logLevel: 'error',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logOverride: { 'empty-import-meta': 'silent' },
};

/**
 * Builds the panel: `dist/` as the UXP Developer Tool loads it, and beside it the package for people.
 * @param {string} [out] where to, for tests
 */
export async function buildPanel(out = join(folder, 'dist')) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(join(folder, 'panel'), out, { recursive: true });
  cpSync(join(folder, '../../LICENSE'), join(out, 'LICENSE'));
  await bundle({
    ...shared,
    entryPoints: [join(folder, 'src/main/main.ts')],
    outfile: join(out, 'main.js'),
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2020',
    external: ['photoshop', 'uxp'],
  });
  await bundle({
    ...shared,
    entryPoints: [join(folder, 'src/panel/panel.ts')],
    outfile: join(out, 'studio/panel.js'),
    platform: 'browser',
    target: 'es2022',
  });
  const files = Object.fromEntries(
    [...filesOf(out)].map((file) => [relative(out, file).replaceAll('\\', '/'), readFileSync(file)]),
  );
  // A fixed time, so that the same sources give the same bytes.
  writeFileSync(join(out, 'stable-pose.ccx'), zipSync(files, { mtime: new Date('2026-01-01T00:00:00Z') }));
}

function* filesOf(place) {
  for (const name of readdirSync(place).sort()) {
    const path = join(place, name);
    if (statSync(path).isDirectory()) yield* filesOf(path);
    else yield path;
  }
}

/** For rollup's list: the bundles are written when its turn comes. */
export const photoshopPanel = {
  input: 'photoshop-panel',
  output: { dir: join(folder, 'dist') },
  plugins: [
    {
      name: 'photoshop-panel',
      resolveId: (id) => id,
      load: () => '',
      generateBundle: (_, files) => {
        for (const name of Object.keys(files)) delete files[name];
      },
      writeBundle: () => buildPanel(),
    },
  ],
  onwarn: () => undefined,
};
