import { mkdirSync } from 'node:fs';
import { runTool } from './run-tool.ts';

/** Unpacks a package's tarball, or some of its files, into a folder, without the folder that they are packed in. */
export function unpackTarball(tarball: string, into: string, files: readonly string[] = []): void {
  mkdirSync(into, { recursive: true });
  const names = files.map((file) => `package/${file}`);
  runTool('tar', ['-xzf', tarball, '--strip-components=1', '-C', into, ...names], into);
}
