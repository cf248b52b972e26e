import { StablePoseError } from '@stable-pose/core/errors';
import { unpackCarried } from '@stable-pose/sdk/web';

/** Files that the page carries within itself, packed: read one by one, when they are needed. */
export interface InsideFiles {
  has(name: string): boolean;
  /** Unpacks a file once; the page gives its text away with that. @throws model-not-found, invalid-input */
  read(name: string): Promise<Blob>;
}

/**
 * Files as `<script type="text/plain" data-file="NAME">`: gzip, as base64. All but the panel's script stand behind the
 * page's own, so that the panel shows before the parser has gone through them; whoever asks early waits.
 */
export function insideFiles(page: Document): InsideFiles {
  const read = new Map<string, Promise<Blob>>();
  const find = (name: string) => page.querySelector(`script[data-file="${CSS.escape(name)}"]`);
  const unpackOne = async (name: string): Promise<Blob> => {
    // What stands before something else was parsed to its end.
    if (!find(name)?.nextSibling) await parsed(page);
    const element = find(name);
    if (!element) {
      throw new StablePoseError('model-not-found', `This build of the plug-in carries no ${name}.`, {
        remedy: 'Use the build with models inside, or a server.',
      });
    }
    const blob = await unpackCarried(element.textContent ?? '', name);
    element.remove();
    return blob;
  };
  return {
    has: (name) => read.has(name) || find(name) !== null,
    read: (name) => {
      const known = read.get(name) ?? unpackOne(name);
      read.set(name, known);
      return known;
    },
  };
}

/** Resolves when everything behind the script that runs was parsed. */
export function parsed(page: Document): Promise<void> {
  if (page.readyState !== 'loading') return Promise.resolve();
  return new Promise((resolve) => page.addEventListener('DOMContentLoaded', () => resolve(), { once: true }));
}
