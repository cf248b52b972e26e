import { StablePoseError } from '@stable-pose/core';
import type { GenerationEngine } from '@stable-pose/sdk';
import { isWebKit, type openCarriedEngine } from '@stable-pose/sdk/web';
import { scriptFiles } from './script-files.ts';

/** Names of the files in the package, which the build puts here: a page cannot look into its folder. */
declare const carriedNames: readonly string[];

/**
 * The engine in the webview, out of the files of the package. Its script is unpacked from there too, as the worker needs its
 * text.
 */
export async function openInsideEngine(page: Document): Promise<GenerationEngine> {
  const files = scriptFiles(page, 'files/', carriedNames);
  const script = page.createElement('script');
  script.textContent = await (await files.read('engine.js')).text();
  page.head.append(script);
  const { stablePoseCarriedEngine: open } = globalThis as unknown as {
    readonly stablePoseCarriedEngine?: typeof openCarriedEngine;
  };
  if (!open) throw new StablePoseError('runtime-missing', "The engine's script did not run in the panel.");
  try {
    return await open(files);
  } catch (error) {
    const { code, message, details } = StablePoseError.from(error, 'device-unavailable');
    throw new StablePoseError(code, message, {
      remedy: isWebKit()
        ? 'Panels on macOS have little memory: choose a server of this computer instead ("npx stable-pose serve").'
        : 'Choose a server of this computer instead ("npx stable-pose serve").',
      details,
      cause: error,
    });
  }
}
