import { rmSync } from 'node:fs';
import { copyFile, link, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { ExternalData, GraphSource } from '../../../contract/graphs.ts';
import { StablePoseError } from '../../../errors.ts';
import type { PlacedGraph } from './messages.ts';

/** Bytes of external tensors that are sent to the inference process as they are; more goes through files. */
const largestMessageBytes = 16 * 1024 * 1024;

/** A graph that the inference process can open, and the end of what was made for it. */
export interface Placement {
  readonly graph: PlacedGraph;
  dispose(): Promise<void>;
}

type FileData = Extract<ExternalData, { kind: 'file' }>;

/**
 * Puts a graph's external tensors where the inference process can reach them, copying as little as may be.
 *
 * onnxruntime takes them either all from one folder, by their locations, or all as bytes. Files are used where they lie
 * when one folder has them all. Files that lie apart or behind links that lead out of their folder (which onnxruntime
 * refuses), and files with bytes beside them, are hard-linked into a folder of their own, and copied where no link can be
 * made. Bytes alone are sent, or written to a temporary folder when they are many.
 * @throws file-not-found, write-failed, disk-full
 */
export async function placeGraph(source: GraphSource): Promise<Placement> {
  const { name, model } = source;
  const made: string[] = [];
  const dispose = async () => {
    for (const folder of made) {
      await rm(folder, { recursive: true, force: true });
      temporaryFolders.delete(folder);
    }
    made.length = 0;
  };
  try {
    const files = source.externalData.filter((data): data is FileData => data.kind === 'file');
    const pieces: Piece[] = [];
    for (const data of source.externalData) {
      if (data.kind === 'file') continue;
      const bytes = data.kind === 'bytes' ? data.bytes : new Uint8Array(await data.blob.arrayBuffer());
      pieces.push({ location: data.location, bytes });
    }
    if (files.length === 0 && sum(pieces) <= largestMessageBytes) {
      return { graph: { name, model, pieces }, dispose };
    }
    let folder = pieces.length === 0 ? await commonFolder(files) : undefined;
    if (folder === undefined) {
      folder = await gatherFiles(files, made);
      for (const { location, bytes } of pieces) await writeFile(await inside(folder, location), bytes);
    }
    return { graph: { name, model, folder, pieces: [] }, dispose };
  } catch (error) {
    await dispose();
    throw placingError(error, source);
  }
}

type Piece = PlacedGraph['pieces'][number];
const sum = (pieces: readonly Piece[]) => pieces.reduce((total, { bytes }) => total + bytes.byteLength, 0);

/** The folder under which every file lies by its location, links followed. */
async function commonFolder(files: readonly FileData[]): Promise<string | undefined> {
  let folder: string | undefined;
  for (const { location, path } of files) {
    const real = await realpath(path);
    const tail = sep + location.split('/').join(sep);
    if (!real.endsWith(tail)) return undefined;
    // '' is the root.
    const found = real.slice(0, -tail.length) || sep;
    if (folder !== undefined && found !== folder) return undefined;
    folder = found;
  }
  return folder;
}

async function gatherFiles(files: readonly FileData[], made: string[]): Promise<string> {
  const paths = await Promise.all(files.map(({ path }) => realpath(path)));
  // Hard links need one file system: beside the first file is where that is likeliest.
  const beside = paths[0] === undefined ? tmpdir() : dirname(paths[0]);
  const folder = await temporaryFolder(beside, made).catch(() => temporaryFolder(tmpdir(), made));
  for (const [index, { location }] of files.entries()) {
    const target = await inside(folder, location);
    await link(paths[index]!, target).catch(() => copyFile(paths[index]!, target));
  }
  return folder;
}

/** The path of a location in a folder, whose own folder is there. */
async function inside(folder: string, location: string): Promise<string> {
  const target = resolve(folder, location);
  if (!target.startsWith(folder + sep)) {
    throw new StablePoseError(
      'invalid-input',
      `A graph names its weights "${location}", outside of its folder.`,
    );
  }
  await mkdir(dirname(target), { recursive: true });
  return target;
}

async function temporaryFolder(parent: string, made: string[]): Promise<string> {
  const folder = await mkdtemp(join(parent, '.stable-pose-'));
  made.push(folder);
  if (temporaryFolders.size === 0) {
    process.off('exit', removeTemporaryFolders);
    process.once('exit', removeTemporaryFolders);
  }
  temporaryFolders.add(folder);
  return folder;
}

/** Removed with the program where nobody disposed them. */
const temporaryFolders = new Set<string>();

function removeTemporaryFolders(): void {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
}

function placingError(error: unknown, source: GraphSource): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES') {
    const why = code === 'ENOENT' ? 'is not there' : 'may not be read';
    return new StablePoseError('file-not-found', `The weights of ${source.name}: the file ${path} ${why}.`, {
      cause: error,
    });
  }
  return new StablePoseError(
    code === 'ENOSPC' ? 'disk-full' : 'write-failed',
    `The weights of ${source.name} could not be laid out: ${message}.`,
    { remedy: `Make room in ${tmpdir()}, or set TMPDIR to a folder with room.`, cause: error },
  );
}
