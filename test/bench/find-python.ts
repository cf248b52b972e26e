import { execFileSync } from 'node:child_process';
import { BenchSkip } from './bench-case.ts';

/** Names a Python that has PyTorch. */
const pythonVariable = 'STABLE_POSE_PYTHON';

/** @throws BenchSkip when no Python has PyTorch */
export function findPython(): string {
  const named = process.env[pythonVariable];
  for (const program of named ? [named] : ['python3', 'python']) {
    try {
      execFileSync(program, ['-c', 'import torch'], { stdio: 'ignore' });
      return program;
    } catch {}
  }
  throw new BenchSkip(
    `${named ?? 'python3'} has no PyTorch. Install it (pip install torch), or name a Python that has it in ${pythonVariable}.`,
  );
}
