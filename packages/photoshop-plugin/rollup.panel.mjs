import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { zipSync } from 'fflate';
import { bundlePageScript, carriedFiles, packCarried } from '../sdk/bundle/carried-engine.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

/**
 * Builds the panel: `dist/` as the UXP Developer Tool loads it, and beside it the package for people.
 * @param {string} [out] where to, for tests
 * @param {{ withEngine?: boolean }} [options] false leaves out runtime and models, 60 MB, for tests that need none
 */
export async function buildPanel(out = join(folder, 'dist'), { withEngine = true } = {}) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(join(folder, 'panel'), out, { recursive: true });
  cpSync(join(folder, '../../LICENSE'), join(out, 'LICENSE'));
  await bundle({
    bundle: true,
    minify: true,
    format: 'iife',
    conditions: ['source'],
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
    entryPoints: [join(folder, 'src/main/main.ts')],
    outfile: join(out, 'main.js'),
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2020',
    external: ['photoshop', 'uxp'],
    // At the top level, where Photoshop looks for the step of an Action by its name.
    footer: {
      js: 'function stablePoseStep(context, info) { return stablePoseShell.playStep(context, info); }',
    },
  });
  const names = [];
  if (withEngine) {
    for await (const [name, bytes] of carriedFiles({ withModels: true })) {
      const path = join(out, 'studio/files', `${name}.js`);
      mkdirSync(dirname(path), { recursive: true });
      names.push(name);
      writeFileSync(path, `stablePoseCarried(${JSON.stringify(name)},"${packCarried(bytes)}")`);
    }
  }
  writeFileSync(
    join(out, 'studio/panel.js'),
    await bundlePageScript({
      entryPoints: [join(folder, 'src/panel/panel.ts')],
      define: { carriedNames: JSON.stringify(names) },
    }),
  );
  const files = Object.fromEntries(
    [...filesOf(out)].map((file) => [relative(out, file).replaceAll('\\', '/'), readFileSync(file)]),
  );
  // A fixed time, so that the same sources give the same bytes.
  const zipped = zipSync(files, { mtime: new Date('2026-01-01T00:00:00Z') });
  writeFileSync(join(out, 'stable-pose.ccx'), zipped);
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
