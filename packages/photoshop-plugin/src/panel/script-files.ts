import { StablePoseError } from '@stable-pose/core';
import { type CarriedFiles, unpackCarried } from '@stable-pose/sdk/web';

/** What a file's script calls when it runs: name, and the file as `unpackCarried` reads it. */
const door = 'stablePoseCarried';

/**
 * Files that lie beside the page as scripts, one each: a script is what a local page of a webview loads for certain, where
 * `fetch` from `plugin:/` and `file:/` addresses differs between systems. Every file is unpacked once.
 * @param folder ends with a slash, relative to the page
 * @param names of what lies there
 */
export function scriptFiles(page: Document, folder: string, names: readonly string[]): CarriedFiles {
  const read = new Map<string, Promise<Blob>>();
  const arrived = new Map<string, string>();
  Object.assign(globalThis, { [door]: (name: string, text: string) => void arrived.set(name, text) });
  const load = async (name: string): Promise<Blob> => {
    await runScript(page, `${folder}${name}.js`, () => {
      throw new StablePoseError('model-not-found', `The panel's package has no ${name}.`, {
        remedy: 'Install the panel again.',
      });
    });
    const text = arrived.get(name) ?? '';
    arrived.delete(name);
    return unpackCarried(text, name);
  };
  return {
    has: (name) => names.includes(name),
    read: (name) => {
      const known = read.get(name) ?? load(name);
      read.set(name, known);
      return known;
    },
  };
}

/** Runs a script of the package, and takes its element away again: of megabytes of text nothing stays. */
async function runScript(page: Document, address: string, onMissing: () => never): Promise<void> {
  const script = page.createElement('script');
  script.src = address;
  const isThere = await new Promise<boolean>((resolve) => {
    script.addEventListener('load', () => resolve(true), { once: true });
    script.addEventListener('error', () => resolve(false), { once: true });
    page.head.append(script);
  });
  script.remove();
  if (!isThere) onMissing();
}
