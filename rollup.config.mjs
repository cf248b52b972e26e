import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import json from '@rollup/plugin-json';
import { build as bundle } from 'esbuild';
import esbuild from 'rollup-plugin-esbuild';
import { figmaPlugin } from './packages/figma-plugin/rollup.plugin.mjs';
import { photoshopPanel } from './packages/photoshop-plugin/rollup.panel.mjs';

/** Packages whose sources are compiled module by module, so that a file keeps its place beside its assets. */
const libraries = [
  'packages/core',
  'models',
  'models/movenet',
  'packages/sdk',
  'packages/create-plugin',
  'packages/studio',
  'packages/server',
  'packages/evaluation',
  'packages/cli',
]
  .filter((folder) => existsSync(join(folder, 'package.json')))
  // STABLE_POSE_BUILD=packages/sdk,models builds these alone.
  .filter((folder) => process.env.STABLE_POSE_BUILD?.split(',').includes(folder) ?? true);

/** @param {string} folder @returns {Generator<string>} */
function* filesOf(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesOf(path);
    else yield path;
  }
}

/** Everything in `src` that is not code travels as it is: tables, poses, templates. */
function copyAssets(folder) {
  return {
    name: 'copy-assets',
    writeBundle() {
      for (const file of filesOf(join(folder, 'src'))) {
        if (/\.(tsx?|md)$/.test(file)) continue;
        const target = join(folder, 'dist', relative(join(folder, 'src'), file));
        mkdirSync(dirname(target), { recursive: true });
        cpSync(file, target);
      }
    },
  };
}

/** Type declarations by the TypeScript compiler. */
function declarations(folder) {
  return {
    name: 'declarations',
    writeBundle() {
      const result = spawnSync(
        process.execPath,
        ['node_modules/typescript/bin/tsc', '-p', join(folder, 'tsconfig.build.json')],
        { stdio: 'inherit' },
      );
      if (result.status !== 0) throw new Error(`The type declarations of ${folder} could not be made.`);
      // The compiler leaves the sources' own extension in declarations; beside a `.d.ts` stands a `.js`.
      for (const file of filesOf(join(folder, 'dist'))) {
        if (!file.endsWith('.d.ts')) continue;
        const text = readFileSync(file, 'utf8');
        writeFileSync(file, text.replace(/((?:from|import\()\s*['"]\.[^'"]*)\.tsx?(['"])/g, '$1.js$2'));
      }
    },
  };
}

/** Scripts of workers that a page makes out of their text: classic ones with everything in them, by their sources. */
const classicScripts = { 'packages/sdk': { 'web/worker.classic.js': 'web/engine-worker.ts' } };

function classicWorkers(folder) {
  return Object.entries(classicScripts[folder] ?? {}).map(([out, source]) => ({
    name: 'classic-worker',
    async writeBundle() {
      await bundle({
        entryPoints: [join(folder, 'src', source)],
        outfile: join(folder, 'dist', out),
        bundle: true,
        minify: true,
        format: 'iife',
        platform: 'browser',
        target: 'es2022',
        conditions: ['source'],
        logLevel: 'error',
        // A classic script has no import.meta: the binary's place is said by whoever starts it.
        logOverride: { 'empty-import-meta': 'silent' },
      });
    },
  }));
}

function library(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // Every module is an input: child processes and workers enter at files that no export names.
  const input = Object.fromEntries(
    [...filesOf(join(folder, 'src'))]
      .filter((file) => /\.tsx?$/.test(file))
      .map((file) => [relative(join(folder, 'src'), file).replace(/\.tsx?$/, ''), file]),
  );
  return {
    input,
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Za-z]:/.test(id),
    output: {
      dir: join(folder, 'dist'),
      format: 'es',
      preserveModules: true,
      preserveModulesRoot: join(folder, 'src'),
      sourcemap: true,
      entryFileNames: '[name].js',
    },
    plugins: [
      { name: 'clean', buildStart: () => rmSync(join(folder, 'dist'), { recursive: true, force: true }) },
      {
        // Sources import each other with their real extension.
        name: 'ts-extensions',
        resolveId: (id, importer) =>
          id.startsWith('.') && importer && /\.tsx?$/.test(id) ? join(dirname(importer), id) : null,
        // Workers are named by their file.
        transform: (code) => ({
          code: code.replace(
            /new URL\((['"]\.[^'"]*)\.ts(['"]), import\.meta\.url\)/g,
            'new URL($1.js$2, import.meta.url)',
          ),
          map: null,
        }),
      },
      json(),
      esbuild({ target: 'es2022', tsconfig: false, jsx: 'automatic', jsxImportSource: 'preact' }),
      copyAssets(folder),
      declarations(folder),
      ...classicWorkers(folder),
    ],
    onwarn(warning, warn) {
      if (warning.code !== 'EMPTY_BUNDLE') warn(warning);
    },
    watch: { include: [`${manifest.name}/src/**`] },
  };
}

const wanted = process.env.STABLE_POSE_BUILD?.split(',');

export default [
  ...libraries.map(library),
  ...((wanted?.includes('packages/figma-plugin') ?? true) ? [figmaPlugin] : []),
  ...((wanted?.includes('packages/photoshop-plugin') ?? true) ? [photoshopPanel] : []),
];
