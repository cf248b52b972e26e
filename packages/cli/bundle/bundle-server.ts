import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { bundleReadMe } from './bundle-read-me.ts';
import { dropWhatNeverRuns } from './drop-what-never-runs.ts';
import { fetchNode } from './fetch-node.ts';
import { filesBelow } from './files-below.ts';
import { gatherLicences } from './gather-licences.ts';
import { installDependencies } from './install-dependencies.ts';
import type { Platform } from './platforms.ts';
import { startScripts } from './start-scripts.ts';

export interface Bundle {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** From the top of the bundle: Windows has limits. */
  readonly longestPath: number;
}

/**
 * Makes a folder with everything that the server needs, Node included, for people who have no Node. Nothing comes from
 * elsewhere than the npm registry, and everything in the version and with the integrity that the repository states. The folder
 * appears when it is finished; an older one of the same name is replaced.
 * @param root of the repository, built
 * @param out where the folder is put
 */
export function bundleServer(root: string, platform: Platform, out: string): Bundle {
  const { version } = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as {
    version: string;
  };
  for (const built of ['packages/cli/dist/main.js', 'packages/studio/dist/page/index.html']) {
    if (!existsSync(join(root, built))) throw new Error(`${built} is not there: npm run build makes it.`);
  }
  mkdirSync(out, { recursive: true });
  // Beside the result, so that finished parts are moved and not copied.
  const workshop = mkdtempSync(join(out, 'making-'));
  try {
    const made = join(workshop, 'bundle');
    mkdirSync(join(made, 'app'), { recursive: true });
    fetchNode(platform, join(made, 'node'), join(workshop, 'downloads'));
    const modules = installDependencies(root, platform, join(workshop, 'install'));
    writeFileSync(
      join(made, 'LICENCES.txt'),
      gatherLicences(modules, readFileSync(join(made, 'node/LICENSE'), 'utf8').trim()),
    );
    dropWhatNeverRuns(modules, platform);
    renameSync(modules, join(made, 'app/node_modules'));
    for (const { name, text } of startScripts(platform)) {
      writeFileSync(join(made, name), text);
      chmodSync(join(made, name), 0o755);
    }
    writeFileSync(join(made, 'README.txt'), bundleReadMe(platform, version));

    const folder = join(out, `stable-pose-server-${version}-${platform.name}`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
    const files = filesBelow(folder);
    return {
      folder,
      files: files.length,
      bytes: files.reduce((sum, path) => sum + statSync(path).size, 0),
      longestPath: Math.max(...files.map((path) => path.length - folder.length)),
    };
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}
