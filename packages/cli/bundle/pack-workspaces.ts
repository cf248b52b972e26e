import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runTool } from './run-tool.ts';

/**
 * Packs workspaces as they would be published, from their builds.
 * @param workspaces folders from the root of the repository
 * @returns the tarballs by package name
 */
export function packWorkspaces(
  root: string,
  workspaces: readonly string[],
  into: string,
): ReadonlyMap<string, string> {
  mkdirSync(into, { recursive: true });
  const places = workspaces.flatMap((folder) => ['-w', folder]);
  const said = runTool(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', into, ...places],
    root,
  );
  const packed = JSON.parse(said) as { name: string; filename: string }[];
  return new Map(packed.map(({ name, filename }) => [name, join(into, basename(filename))]));
}
