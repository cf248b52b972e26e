import { StablePoseError } from '@stable-pose/core/errors';
import { blobAccess, bytesAccess } from '../checkpoint/random-access.ts';
import type { WeightScratch } from '../onnx/weight-scratch.ts';
import type { ModelFiles } from './model-files.ts';
import { fileName } from './path-names.ts';

/** A file's content as a page has it. A Blob (a dropped or stored File among them) is read in ranges, bytes are not copied. */
export type GivenFile = Blob | Uint8Array | ArrayBuffer;

/**
 * Files that were handed over, by their paths: `config.json`, `unet/diffusion_pytorch_model.safetensors`. The folder that
 * holds them all is the empty path.
 */
export function givenFiles(given: Readonly<Record<string, GivenFile>>): ModelFiles {
  const contents = new Map<string, Blob | Uint8Array>();
  for (const [path, file] of Object.entries(given)) {
    contents.set(normal(path), file instanceof ArrayBuffer ? new Uint8Array(file) : file);
  }
  const contentOf = (path: string): Blob | Uint8Array => {
    const content = contents.get(normal(path));
    if (content) return content;
    throw new StablePoseError('file-not-found', `No file ${path} was given.`, {
      remedy: `Given were: ${[...contents.keys()].join(', ') || 'none'}.`,
      details: { file: path },
    });
  };
  const inside = (folder: string): string => (normal(folder) === '' ? '' : `${normal(folder)}/`);
  return {
    resolve: normal,
    kindOf(path) {
      if (contents.has(normal(path))) return 'file';
      const start = inside(path);
      return [...contents.keys()].some((key) => key.startsWith(start)) ? 'folder' : undefined;
    },
    namesIn(folder) {
      const start = inside(folder);
      const below = [...contents.keys()].filter((key) => key.startsWith(start));
      return [...new Set(below.map((key) => key.slice(start.length).split('/')[0]!))];
    },
    sizeOf(path) {
      const content = contents.get(normal(path));
      return content && sizeOfContent(content);
    },
    async open(path) {
      const content = contentOf(path);
      const name = normal(path);
      return content instanceof Uint8Array ? bytesAccess(content, name) : blobAccess(content, name);
    },
    cut(location, file, start, end) {
      const content = contentOf(file);
      return content instanceof Uint8Array
        ? { location, kind: 'bytes', bytes: content.subarray(start, end) }
        : { location, kind: 'blob', blob: content.slice(start, end) };
    },
    scratch: () => blobScratch(contents),
  };
}

const sizeOfContent = (content: Blob | Uint8Array): number =>
  content instanceof Uint8Array ? content.length : content.size;

const normal = (path: string): string =>
  path
    .split(/[\\/]/)
    .filter((part) => part !== '' && part !== '.')
    .join('/');

let scratchCount = 0;

/** A Blob a weight: browsers keep large ones on disk. */
function blobScratch(contents: Map<string, Blob | Uint8Array>): WeightScratch {
  const folder = `.scratch-${scratchCount++}`;
  const places = new Map<string, ReturnType<WeightScratch['place']>>();
  return {
    place(name, read) {
      const known = places.get(name);
      if (known) return known;
      const file = `${folder}/${places.size}-${fileName(name)}`;
      const place = read().then((bytes) => {
        contents.set(file, new Blob([bytes as Uint8Array<ArrayBuffer>]));
        return { file, offset: 0, length: bytes.length };
      });
      places.set(name, place);
      return place;
    },
    async dispose() {
      for (const place of places.values()) contents.delete((await place).file);
      places.clear();
    },
  };
}
