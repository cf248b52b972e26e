// What plug-ins carry in their packages so that they need no network: the engine's script, onnxruntime, the models.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';

const folder = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);
const figurineFiles = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'];

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
  import { openCarriedEngine } from '../src/web/open-carried-engine.ts';
  import { serveCore } from '../src/web/serve-core.ts';
  if ('document' in globalThis) Object.assign(globalThis, { stablePoseCarriedEngine: openCarriedEngine });
  else serveCore(globalThis);
`;

/** A plug-in's script as text, whichever half of it runs it. @param {import('esbuild').BuildOptions} entry */
export async function bundleScript(entry) {
  const { outputFiles } = await bundle({
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    // Escapes what an HTML page, or a host's reader of scripts, could take for something else.
    charset: 'ascii',
    conditions: ['source'],
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
    ...entry,
  });
  return outputFiles[0].text;
}

/** A script of a plug-in's page, or of a worker in it, as text. @param {import('esbuild').BuildOptions} entry */
export function bundlePageScript(entry) {
  return bundleScript({
    jsx: 'automatic',
    jsxImportSource: 'preact',
    platform: 'browser',
    target: 'es2022',
    plugins: [withoutAsyncify, withoutLocales],
    ...entry,
  });
}

/**
 * Name and bytes of everything that `openCarriedEngine` reads: the runtime always, models where they are carried.
 * @param {{ withModels: boolean, models?: string }} options `models`: where the figurine lies, for tests; with `eyes/` in it,
 *   the network that cuts people out is carried too
 */
export async function* carriedFiles({ withModels, models = join(folder, '../../../models/figurine') }) {
  const runtime = dirname(require.resolve('onnxruntime-web/wasm'));
  yield ['engine.js', await bundlePageScript({ stdin: { contents: engineScript, resolveDir: folder } })];
  // Not asyncify's build: two thirds larger, and slower on the processor. Where WebGPU is and JSPI is not, WASM computes.
  yield ['ort/wasm.wasm', readFileSync(join(runtime, 'ort-wasm-simd-threaded.wasm'))];
  yield ['ort/jspi.wasm', readFileSync(join(runtime, 'ort-wasm-simd-threaded.jspi.wasm'))];
  if (!withModels) return;
  const detector = join(dirname(require.resolve('@vladmandic/human')), '../models');
  for (const name of ['movenet-lightning.json', 'movenet-lightning.bin'])
    yield [`movenet/${name}`, readFileSync(join(detector, name))];
  for (const name of figurineFiles) yield [`figurine/${name}`, readFileSync(join(models, name))];
  if (!existsSync(join(models, 'eyes/eyes.safetensors'))) return;
  for (const name of ['config.json', 'eyes.safetensors'])
    yield [`eyes/${name}`, readFileSync(join(models, 'eyes', name))];
}

/** As `unpackCarried` reads it. @param {string | Uint8Array} bytes */
export function packCarried(bytes) {
  return gzipSync(bytes, { level: 9 }).toString('base64');
}
