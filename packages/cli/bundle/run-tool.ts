import { spawnSync } from 'node:child_process';

/**
 * Runs a program to its end and gives what it wrote.
 * @throws with what it wrote when it fails
 */
export function runTool(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // npm is a script on Windows; none of the arguments has a blank but for folders, which are quoted.
    shell: process.platform === 'win32',
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${status}.\n${error ?? ''}${stdout}\n${stderr}`);
}
