import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { packWorkspaces } from './pack-workspaces.ts';
import type { Platform } from './platforms.ts';
import { runTool } from './run-tool.ts';
import { unpackTarball } from './unpack-tarball.ts';

/**
 * Makes `node_modules` of the command for a platform: every package in the very version and with the integrity of the
 * repository's lock file, our own ones as they would be published. No install script runs.
 * @param workshop an empty folder to work in
 * @returns the finished `node_modules`, inside the workshop
 */
export function installDependencies(root: string, platform: Platform, workshop: string): string {
  // The lock file is that of the whole repository: npm wants to see every manifest that it speaks of.
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    workspaces: string[];
  };
  const folders = workspaces.flatMap((place) =>
    place.endsWith('/*')
      ? readdirSync(join(root, place.slice(0, -2))).map((name) => `${place.slice(0, -2)}/${name}`)
      : [place],
  );
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) copy(root, workshop, file);
  for (const folder of folders) copy(root, workshop, join(folder, 'package.json'));
  runTool(
    'npm',
    [
      'ci',
      '--workspace=packages/cli',
      '--omit=dev',
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      `--os=${platform.os}`,
      `--cpu=${platform.cpu}`,
      ...(platform.libc ? [`--libc=${platform.libc}`] : []),
    ],
    workshop,
  );

  // npm links workspaces. A folder that is carried elsewhere needs them themselves.
  const modules = join(workshop, 'node_modules');
  const scope = join(modules, '@stable-pose');
  const linked = readdirSync(scope).map((name) => {
    const link = join(scope, name);
    if (!lstatSync(link).isSymbolicLink()) throw new Error(`${link} should be a link to a workspace.`);
    return { link, folder: relative(realpathSync(workshop), realpathSync(link)).replaceAll('\\', '/') };
  });
  const tarballs = packWorkspaces(
    root,
    linked.map(({ folder }) => folder),
    join(workshop, 'tarballs'),
  );
  for (const { link, folder } of linked) {
    const name = `@stable-pose/${relative(scope, link)}`;
    const tarball = tarballs.get(name);
    if (!tarball) throw new Error(`${name} was not packed.`);
    rmSync(link);
    unpackTarball(tarball, link);
    // What only this package needs in this version.
    const own = join(workshop, folder, 'node_modules');
    if (existsSync(own)) renameSync(own, join(link, 'node_modules'));
  }
  return modules;
}

function copy(root: string, workshop: string, file: string): void {
  if (!existsSync(join(root, file))) return;
  mkdirSync(join(workshop, file, '..'), { recursive: true });
  cpSync(join(root, file), join(workshop, file));
}
