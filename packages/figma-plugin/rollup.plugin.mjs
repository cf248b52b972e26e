import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
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
const places = {
  studio: '<!-- the studio -->',
  script: '/* the opener */',
  files: '<!-- the files -->',
  models: '<!-- the models -->',
};
const figurineFiles = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'];

/** What the page carries, by the names that its `data-file` says: runtime always, models where they are inside. */
function* carriedFiles(engine, withModels) {
  const runtime = dirname(require.resolve('onnxruntime-web/wasm'));
  yield ['engine.js', engine];
  // Not asyncify's build: two thirds larger, and slower on the processor. Where WebGPU is and JSPI is not, WASM computes.
  yield ['ort/wasm.wasm', readFileSync(join(runtime, 'ort-wasm-simd-threaded.wasm'))];
  yield ['ort/jspi.wasm', readFileSync(join(runtime, 'ort-wasm-simd-threaded.jspi.wasm'))];
  if (!withModels) return;
  const detector = join(dirname(require.resolve('@vladmandic/human')), '../models');
  for (const name of ['movenet-lightning.json', 'movenet-lightning.bin'])
    yield [`movenet/${name}`, readFileSync(join(detector, name))];
  for (const name of figurineFiles)
    yield [`figurine/${name}`, readFileSync(join(folder, '../../models/figurine', name))];
}

/** Without the asyncify build of onnxruntime, which is not carried. */
const withoutAsyncify = {
  name: 'without-asyncify',
  setup(build) {
    build.onResolve({ filter: /^onnxruntime-web\/webgpu$/ }, () => ({ path: 'none', namespace: 'left-out' }));
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'throw new Error("This build of onnxruntime-web is not in the plug-in.");',
    }));
  },
};

/** Zod's sentences in fifty languages, of which only English is said. */
const withoutLocales = {
  name: 'without-locales',
  setup(build) {
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      importer.includes('/zod/') ? { path: 'none', namespace: 'no-locales' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'no-locales' }, () => ({ contents: 'export {};' }));
  },
};

/** The engine apart from the panel, which is there before this is unpacked; the same text is the worker's. */
const engineScript = `
  import { openInsideEngine } from './src/ui/open-inside-engine.ts';
  import { serveCore } from '../sdk/src/web/serve-core.ts';
  if ('document' in globalThis) Object.assign(globalThis, { stablePoseInsideEngine: openInsideEngine });
  else serveCore(globalThis);
`;

/** A file as the page carries it. @param {string} name @param {string | Uint8Array} bytes */
const packed = (name, bytes) =>
  `<script type="text/plain" data-file="${name}">${gzipSync(bytes, { level: 9 }).toString('base64')}</script>`;

/** A script of a page or of a worker in it. */
async function webScript(entry) {
  const { outputFiles } = await bundle({
    ...shared,
    ...entry,
    platform: 'browser',
    target: 'es2022',
    plugins: [withoutAsyncify, withoutLocales],
  });
  return outputFiles[0].text;
}

/**
 * Builds the plug-in: `dist/` as Figma's desktop app imports it, a manifest, the main half and one page with all in it.
 * @param {string} [out] where to, for tests
 * @param {{ models?: string }} [options] `models`: an https address with a slash at its end, where the page fetches the models
 *   (`figurine/` and `movenet/` below it) in place of carrying them; the manifest allows its domain
 */
export async function buildFigmaPlugin(out = join(folder, 'dist'), { models } = {}) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeManifest(out, models);
  const main = await bundle({
    ...shared,
    entryPoints: [join(folder, 'src/main/main.ts')],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2017',
  });
  writeFileSync(join(out, 'code.js'), main.outputFiles[0].text);
  const page = readFileSync(join(folder, 'plugin/ui.html'), 'utf8');
  for (const place of Object.values(places))
    if (!page.includes(place)) throw new Error(`plugin/ui.html has no place for ${place}`);
  // The parser of HTML ends a script at its closing tag wherever it stands, and minds comments.
  const opener = (await webScript({ entryPoints: [join(folder, 'src/ui/open-studio.ts')] }))
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  const studio = await webScript({ entryPoints: [join(folder, 'src/ui/ui.ts')] });
  const engine = await webScript({ stdin: { contents: engineScript, resolveDir: folder } });
  const files = [...carriedFiles(engine, models === undefined)].map(([name, bytes]) => packed(name, bytes));
  writeFileSync(
    join(out, 'ui.html'),
    page
      .replace(places.studio, () => packed('studio.js', studio))
      .replace(places.script, () => opener)
      .replace(places.files, () => files.join('\n'))
      .replace(places.models, () =>
        models === undefined ? '' : `<meta name="stable-pose-models" content="${models}" />`,
      ),
  );
}

/** @param {string} out @param {string | undefined} models */
function writeManifest(out, models) {
  if (models === undefined) {
    cpSync(join(folder, 'plugin/manifest.json'), join(out, 'manifest.json'));
    return;
  }
  const { protocol, origin, pathname, search, hash } = new URL(models);
  if (protocol !== 'https:' || !pathname.endsWith('/') || search || hash || /["<>&]/.test(models))
    throw new Error(`Models lie at an https address with a slash at its end, not at ${models}.`);
  const manifest = JSON.parse(readFileSync(join(folder, 'plugin/manifest.json'), 'utf8'));
  manifest.networkAccess.allowedDomains.push(origin);
  manifest.networkAccess.reasoning += ` Its models are fetched from ${origin}.`;
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** For rollup's list: the bundles are written when its turn comes. STABLE_POSE_FIGMA_MODELS says where models are fetched. */
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
      writeBundle: () =>
        buildFigmaPlugin(undefined, { models: process.env.STABLE_POSE_FIGMA_MODELS || undefined }),
    },
  ],
  onwarn: () => undefined,
};
