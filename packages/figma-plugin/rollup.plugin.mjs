import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const shared = {
  bundle: true,
  write: false,
  minify: true,
  format: 'iife',
  // Escapes what an HTML page or Figma's reader of `code.js` could take for something else.
  charset: 'ascii',
  conditions: ['source'],
  logLevel: 'error',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  logOverride: { 'empty-import-meta': 'silent' },
};
const scriptPlace = '/* the studio */';

/**
 * Builds the plug-in: `dist/` as Figma's desktop app imports it, a manifest, the main half and one page with all in it.
 * @param {string} [out] where to, for tests
 */
export async function buildFigmaPlugin(out = join(folder, 'dist')) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(join(folder, 'plugin/manifest.json'), join(out, 'manifest.json'));
  const main = await bundle({
    ...shared,
    entryPoints: [join(folder, 'src/main/main.ts')],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2017',
  });
  writeFileSync(join(out, 'code.js'), main.outputFiles[0].text);
  const ui = await bundle({
    ...shared,
    entryPoints: [join(folder, 'src/ui/ui.ts')],
    platform: 'browser',
    target: 'es2022',
  });
  const page = readFileSync(join(folder, 'plugin/ui.html'), 'utf8');
  if (!page.includes(scriptPlace))
    throw new Error(`plugin/ui.html has no place for its script: ${scriptPlace}`);
  // The parser of HTML ends a script at its closing tag wherever it stands, and minds comments.
  const script = ui.outputFiles[0].text.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  writeFileSync(
    join(out, 'ui.html'),
    page.replace(scriptPlace, () => script),
  );
}

/** For rollup's list: the bundles are written when its turn comes. */
export const figmaPlugin = {
  input: 'figma-plugin',
  output: { dir: join(folder, 'dist') },
  plugins: [
    {
      name: 'figma-plugin',
      resolveId: (id) => id,
      load: () => '',
      generateBundle: (_, files) => {
        for (const name of Object.keys(files)) delete files[name];
      },
      writeBundle: () => buildFigmaPlugin(),
    },
  ],
  onwarn: () => undefined,
};
