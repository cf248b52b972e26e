import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { nodeVersion, type Platform, platforms } from './platforms.ts';
import { runTool } from './run-tool.ts';
import { unpackTarball } from './unpack-tarball.ts';

/**
 * Puts Node's binary of a platform, and Node's licence, into a folder: from npm, where its tarball must be, to the bit, the one
 * that is written in `platforms`. No script of it runs.
 * @param downloads keeps the tarballs for the next platform
 */
export function fetchNode(platform: Platform, folder: string, downloads: string): void {
  const { binary } = platform.node;
  unpackTarball(download(platform, downloads), folder, [binary]);
  const plain = join(folder, basename(binary));
  renameSync(join(folder, binary), plain);
  rmSync(join(folder, 'bin'), { recursive: true });
  chmodSync(plain, 0o755);
  // The packages for Windows carry no licence; it is the same for all.
  const licensed = platform.os === 'win32' ? platforms[0] : platform;
  unpackTarball(download(licensed, downloads), folder, ['LICENSE']);
}

function download({ node }: Platform, downloads: string): string {
  mkdirSync(downloads, { recursive: true });
  const said = runTool(
    'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--prefer-offline',
      '--pack-destination',
      downloads,
      `${node.package}@${nodeVersion}`,
    ],
    downloads,
  );
  const [{ filename }] = JSON.parse(said) as { filename: string }[];
  const tarball = join(downloads, filename);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (integrity !== node.integrity) {
    throw new Error(
      `${node.package}@${nodeVersion} is ${integrity}, and not ${node.integrity} as it was when it was chosen.`,
    );
  }
  return tarball;
}
