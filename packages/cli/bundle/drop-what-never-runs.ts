import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { filesBelow } from './files-below.ts';
import { nativeFile } from './native-file.ts';
import type { Platform } from './platforms.ts';

/** Parts of pages: the studio's page has them built into it. */
const ofPages = ['onnxruntime-web', 'three', 'preact', '@preact', 'lucide-preact'];
/** Binaries for a C library that Node's own binary does not run on. */
const otherLibc = /\.musl\.node$/;
/** For compilers and debuggers. */
const ofDevelopment = /\.(d\.[cm]?ts|map|tsbuildinfo)$|\/(\.package-lock\.json|\.bin\/.*)$/;

/**
 * Removes from `node_modules` what no command runs: binaries of other computers, type declarations, parts of pages, the models
 * of MoveNet's carrier that are not MoveNet. Licences are to be gathered before.
 * @throws when a binary that is needed is not there
 */
export function dropWhatNeverRuns(modules: string, platform: Platform): void {
  for (const name of [...ofPages, '@types']) rmSync(join(modules, name), { recursive: true, force: true });
  dropOtherModels(modules);
  const kept: string[] = [];
  for (const path of filesBelow(modules)) {
    const name = relative(modules, path).replaceAll('\\', '/');
    const native = nativeFile(path);
    const isForeign = native && (native.os !== platform.os || native.cpu !== platform.cpu);
    if (isForeign || otherLibc.test(name) || ofDevelopment.test(`/${name}`)) rmSync(path);
    else if (native) kept.push(name);
  }
  for (const needed of [/^onnxruntime-node\/.*\.node$/, /^@lmdb\/.*\.node$/, /^@img\/sharp-.*\.node$/]) {
    if (!kept.some((name) => needed.test(name))) {
      throw new Error(`No binary for ${platform.name} matches ${needed}.`);
    }
  }
  dropEmptyFolders(modules);
}

/** The package that carries MoveNet has forty megabytes of other models and code beside it. */
function dropOtherModels(modules: string): void {
  const folder = join(modules, '@vladmandic/human');
  const entry = createRequire(join(modules, 'x.js')).resolve('@vladmandic/human');
  for (const path of filesBelow(folder)) {
    const name = relative(folder, path).replaceAll('\\', '/');
    if (path === entry || /^(package\.json|LICENSE|models\/movenet-lightning\.\w+)$/.test(name)) continue;
    rmSync(path);
  }
}

function dropEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) dropEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
