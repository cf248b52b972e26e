import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

export interface PublicPackage {
  readonly name: string;
  readonly folder: string;
  readonly manifest: {
    readonly name: string;
    readonly private?: boolean;
    readonly exports?: Record<string, { readonly types?: string; readonly default?: string } | string>;
    readonly dependencies?: Record<string, string>;
  };
}

/** Every workspace that is published. */
export function publicPackages(): readonly PublicPackage[] {
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
    'models',
    'models/figurine',
    'models/movenet',
  ];
  return folders.flatMap((folder) => {
    const path = join(root, folder, 'package.json');
    if (!existsSync(path)) return [];
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as PublicPackage['manifest'];
    return manifest.private ? [] : [{ name: manifest.name, folder, manifest }];
  });
}

/** Packages and those of ours that they need, each once. */
export function withDependencies(names: readonly string[]): readonly PublicPackage[] {
  const all = new Map(publicPackages().map((one) => [one.name, one]));
  const found = new Map<string, PublicPackage>();
  const add = (name: string) => {
    const one = all.get(name);
    if (!one || found.has(name)) return;
    found.set(name, one);
    for (const dependency of Object.keys(one.manifest.dependencies ?? {})) add(dependency);
  };
  for (const name of names) add(name);
  return [...found.values()];
}

/** Builds what has no build, or sources that are newer than it. */
export function buildWhenStale(packages: readonly PublicPackage[]): void {
  const stale = packages.map(({ folder }) => folder).filter(isStale);
  if (stale.length === 0) return;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/rollup/dist/bin/rollup'), '-c', 'rollup.config.mjs'],
    { cwd: root, encoding: 'utf8', env: { ...process.env, STABLE_POSE_BUILD: stale.join(',') } },
  );
  if (status !== 0) throw new Error(`The build of ${stale.join(', ')} failed.\n${stdout}\n${stderr}`);
}

function isStale(folder: string): boolean {
  const src = join(root, folder, 'src');
  if (!existsSync(src)) return false;
  const built = statSync(join(root, folder, 'dist/index.d.ts'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return newest(src) > built;
}

function newest(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(folder, entry.name);
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }, 0);
}
