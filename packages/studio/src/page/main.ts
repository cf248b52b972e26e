// The page that `stable-pose studio` serves: the panel on its own, with the figurine in this browser.
import { StablePoseError } from '@stable-pose/core';
import type { GenerationEngine } from '@stable-pose/sdk';
import { mountStudio } from '../mount-studio.tsx';
import { openBrowserStore } from './browser-store.ts';
import { pageHost } from './page-host.ts';

/** Where the server has the model's files, and which. */
const modelFolder = './model/';
const modelFiles = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'] as const;

async function openEngine(): Promise<GenerationEngine> {
  const [{ createWebEngine, openWebModelStore }, files] = await Promise.all([
    import('@stable-pose/sdk/web'),
    fetchModel(),
  ]);
  const store = await openWebModelStore({ hubUrl: 'https://huggingface.co' });
  return createWebEngine({ model: { id: 'figurine', files }, store });
}

async function fetchModel(): Promise<Readonly<Record<string, Blob>>> {
  const entries = modelFiles.map(async (name) => {
    const response = await fetch(modelFolder + name);
    if (!response.ok) {
      throw new StablePoseError('model-not-found', `The page's server has no ${name} (${response.status}).`, {
        remedy: 'Start it with `npx stable-pose studio`.',
      });
    }
    return [name, await response.blob()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const engine = openEngine();
// The panel tells people; without this the browser would call it unhandled until the panel looks.
engine.catch(() => {});
const [settings, blobs] = await Promise.all([
  openBrowserStore('stable-pose-settings'),
  openBrowserStore('stable-pose-blobs'),
]);
const place = document.getElementById('studio');
if (place) mountStudio(place, { host: pageHost({ settings, blobs }), engine });
