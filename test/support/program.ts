import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const out = fileURLToPath(new URL('../../out', import.meta.url));

export interface BuiltPrograms {
  /** Paths of the scripts, in the order of their sources. */
  readonly paths: readonly string[];
  remove(): void;
}

/** TypeScript programs as plain scripts, which start in a fraction of the time that their sources take. */
export async function buildPrograms(...sources: readonly URL[]): Promise<BuiltPrograms> {
  mkdirSync(out, { recursive: true });
  // Within the repository, so that Node finds the packages that stay outside.
  const folder = mkdtempSync(join(out, 'programs-'));
  await build({
    entryPoints: sources.map((source) => fileURLToPath(source)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    logLevel: 'error',
    plugins: [
      {
        name: 'only-ours',
        setup({ onResolve }) {
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@stable-pose/') ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  return {
    paths: sources.map(({ pathname }) => join(folder, `${basename(pathname, '.ts')}.mjs`)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A program of its own process that has said its first line. */
export interface Running<Said> {
  readonly said: Said;
  readonly pid: number;
  /** `kill -9`. Resolves when it is gone. */
  kill(): Promise<void>;
}

/** @throws when it ends before it says anything */
export async function startProgram<Said>(
  script: string,
  args: readonly (string | number)[],
): Promise<Running<Said>> {
  const child = spawn(process.execPath, [script, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { said: JSON.parse(line) as Said, pid: child.pid as number, kill: () => killed(child) };
  }
  throw new Error(`${script} ended before it began.`);
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
