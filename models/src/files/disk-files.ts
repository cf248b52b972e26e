import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileAccess } from '../checkpoint/file-access.ts';
import { ScratchWeights } from '../onnx/scratch-weights.ts';
import type { ModelFiles } from './model-files.ts';

/** Files on this machine's disk. */
export const diskFiles: ModelFiles = {
  resolve: (path) => resolve(path),
  kindOf(path) {
    // A path through a file, as through a folder, throws; existsSync does not.
    if (!existsSync(path)) return undefined;
    return statSync(path).isDirectory() ? 'folder' : 'file';
  },
  namesIn: (folder) => readdirSync(folder),
  sizeOf: (path) => (existsSync(path) ? statSync(path).size : undefined),
  open: (path) => fileAccess(path),
  scratch: () => new ScratchWeights(),
};
