import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { BenchSkip } from './bench-case.ts';
import { findPython } from './find-python.ts';

/** What figures depend on. */
export function describeMachine(): readonly (readonly [what: string, is: string])[] {
  const cores = availableParallelism();
  return [
    ['date', new Date().toISOString().slice(0, 10)],
    [
      'processor',
      `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cores} ${cores === 1 ? 'core' : 'cores'}${vectors()}`,
    ],
    ['memory', `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ['system', `${process.platform} ${process.arch}`],
    ['Node', process.versions.node],
    ['onnxruntime-node', versionOf('onnxruntime-node')],
    ['onnxruntime-web', versionOf('onnxruntime-web')],
    ['PyTorch', torchVersion()],
  ];
}

/** The widest vector instructions, where Linux tells. */
function vectors(): string {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'latin1'))?.[1].split(' ') ?? [];
    const widest = ['avx512f', 'avx2', 'avx'].find((flag) => flags.includes(flag));
    return widest ? `, ${widest}` : '';
  } catch {
    return '';
  }
}

function versionOf(name: string): string {
  try {
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    for (; folder !== dirname(folder); folder = dirname(folder)) {
      const manifest = JSON.parse(readText(join(folder, 'package.json')) || '{}') as {
        name?: string;
        version?: string;
      };
      if (manifest.name === name && manifest.version) return manifest.version;
    }
  } catch {}
  return 'not installed';
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function torchVersion(): string {
  try {
    return execFileSync(findPython(), ['-c', 'import torch; print(torch.__version__)']).toString().trim();
  } catch (error) {
    if (error instanceof BenchSkip) return 'not installed';
    throw error;
  }
}
