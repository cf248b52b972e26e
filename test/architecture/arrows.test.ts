import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Which package may import which, besides itself and libraries. */
const packageArrows: Record<string, readonly string[]> = {
  core: [],
  models: ['core'],
  movenet: [],
  sdk: ['core', 'models', 'movenet'],
  studio: ['core', 'sdk'],
  'figma-plugin': ['core', 'sdk', 'studio'],
  'photoshop-plugin': ['core', 'sdk', 'studio'],
  server: ['core', 'sdk'],
  evaluation: ['core', 'models'],
  'create-plugin': ['core'],
  cli: ['core', 'models', 'sdk', 'server', 'evaluation', 'studio', 'figurine', 'movenet'],
};

/** Which room of core may import which. A room may always import itself, `errors` and what `rooms` lists. */
const coreArrows: Record<string, readonly string[]> = {
  errors: [],
  tensor: [],
  image: ['tensor'],
  pose: ['tensor', 'image'],
  mask: ['tensor', 'image'],
  scheduler: ['tensor'],
  contract: ['tensor'],
  runtime: ['tensor', 'contract'],
  text: ['tensor', 'contract', 'runtime'],
  denoise: ['tensor', 'contract', 'runtime', 'scheduler'],
  decode: ['tensor', 'image', 'contract', 'runtime'],
  encode: ['tensor', 'image', 'contract', 'runtime'],
  detect: ['tensor', 'image', 'pose', 'contract', 'runtime'],
  pipeline: [
    'tensor',
    'image',
    'pose',
    'mask',
    'scheduler',
    'contract',
    'runtime',
    'text',
    'denoise',
    'decode',
    'encode',
    'detect',
  ],
};

/** Files at the top of core/src: the public door and the composition roots. */
const coreRoots = ['index', 'onnx-node', 'onnx-web'];

function* sources(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name === 'node_modules' || name === 'dist') continue;
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(name)) yield path;
  }
}

/** Module specifiers of every static import, re-export and literal dynamic import. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;'"`]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** Every folder of sources, with the package that it belongs to. */
function sourceFolders(): { name: string; src: string }[] {
  return [
    ...readdirSync(join(root, 'packages')).map((name) => ({
      name,
      src: join(root, 'packages', name, 'src'),
    })),
    { name: 'cli', src: join(root, 'packages/cli/bundle') },
    { name: 'models', src: join(root, 'models/src') },
    { name: 'movenet', src: join(root, 'models/movenet/src') },
  ];
}

function coreRoom(path: string): string {
  const inside = relative(join(root, 'packages/core/src'), path).split(sep);
  return inside.length > 1 ? (inside[0] ?? '') : (inside[0] ?? '').replace(/\.ts$/, '');
}

describe('the arrows of the architecture', () => {
  it('sees sources in every folder', () => {
    expect(sourceFolders().filter(({ src }) => sources(src).next().done)).toEqual([]);
  });

  it('lets a package import only what stands to its left', () => {
    const broken: string[] = [];
    for (const { name, src } of sourceFolders()) {
      const allowed = packageArrows[name] ?? [];
      for (const file of sources(src)) {
        for (const specifier of importsOf(file)) {
          const target = /^@stable-pose\/([^/]+)/.exec(specifier)?.[1];
          if (target !== undefined && target !== name && !allowed.includes(target)) {
            broken.push(`${relative(root, file)} imports ${specifier}: ${name} may not import ${target}.`);
          }
          if (specifier.startsWith('.') && !resolve(dirname(file), specifier).startsWith(src + sep)) {
            broken.push(
              `${relative(root, file)} imports ${specifier}: a package is entered by its exports only.`,
            );
          }
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('lets a room of core import only what stands to its left', () => {
    const broken: string[] = [];
    for (const file of sources(join(root, 'packages/core/src'))) {
      const room = coreRoom(file);
      if (coreRoots.includes(room)) continue;
      const allowed = coreArrows[room];
      if (allowed === undefined) {
        broken.push(`${relative(root, file)}: ${room} is not a room of core.`);
        continue;
      }
      for (const specifier of importsOf(file)) {
        if (!specifier.startsWith('.')) continue;
        const target = coreRoom(resolve(dirname(file), specifier));
        if (target !== room && target !== 'errors' && !allowed.includes(target)) {
          broken.push(`${relative(root, file)} imports ${specifier}: ${room} may not import ${target}.`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('keeps onnxruntime in core/runtime/onnx and in the composition roots', () => {
    const broken: string[] = [];
    for (const { src } of sourceFolders()) {
      for (const file of sources(src)) {
        const path = relative(root, file).split(sep).join('/');
        const mayImport = /^packages\/core\/src\/(runtime\/onnx\/|onnx-node\.ts|onnx-web\.ts)/.test(path);
        if (!mayImport && importsOf(file).some((specifier) => /^onnxruntime-/.test(specifier))) {
          broken.push(`${path} imports onnxruntime: only core/runtime/onnx and the composition roots may.`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('keeps Node out of core, but for the Node composition root', () => {
    const broken: string[] = [];
    for (const file of sources(join(root, 'packages/core/src'))) {
      const path = relative(join(root, 'packages/core/src'), file).split(sep).join('/');
      if (path === 'onnx-node.ts' || path.startsWith('runtime/onnx/node')) continue;
      if (importsOf(file).some((specifier) => specifier.startsWith('node:'))) {
        broken.push(`packages/core/src/${path} imports a Node module: core runs in browsers.`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('names files in kebab-case and has no rooms without a name', () => {
    const broken: string[] = [];
    for (const { src } of sourceFolders()) {
      for (const file of sources(src)) {
        for (const part of relative(src, file)
          .replace(/\.(d\.)?tsx?$/, '')
          .split(sep)) {
          if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(part))
            broken.push(`${relative(root, file)}: not kebab-case.`);
          if (/^(utils?|helpers?|common|misc|managers?)$/.test(part)) {
            broken.push(`${relative(root, file)}: "${part}" does not say what it holds.`);
          }
        }
      }
    }
    expect(broken).toEqual([]);
  });
});
