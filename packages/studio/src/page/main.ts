// The page that `stable-pose studio` serves: the panel on its own, with the figurine in this browser.
import { StablePoseError } from '@stable-pose/core';
import type { GenerationEngine } from '@stable-pose/sdk';
import { mountStudio } from '../mount-studio.tsx';
import { openBrowserStore } from './browser-store.ts';
import { pageHost } from './page-host.ts';

/** Where the server has the engine's files; the folder itself answers their names. */
const folder = './models/';

async function openEngine(): Promise<GenerationEngine> {
  const [{ createWebEngine, openWebModelStore }, files] = await Promise.all([
    import('@stable-pose/sdk/web'),
    fetchFiles(),
  ]);
  const store = await openWebModelStore({ hubUrl: 'https://huggingface.co' });
  const detector = {
    topology: files['movenet/movenet-lightning.json'],
    weights: files['movenet/movenet-lightning.bin'],
  };
  const eyes = { config: files['eyes/config.json'], weights: files['eyes/eyes.safetensors'] };
  return createWebEngine({
    model: { id: 'figurine', files: below('figurine/', files) },
    ...(detector.weights ? { detector } : {}),
    ...(eyes.weights ? { eyes } : {}),
    store,
  });
}

type Files = Readonly<Record<string, Blob>>;

function below(start: string, files: Files): Files {
  const entries = Object.entries(files).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(entries.map(([name, file]) => [name.slice(start.length), file]));
}

async function fetchFiles(): Promise<Files> {
  const names = (await (await fetchFile('')).json()) as readonly string[];
  const entries = names.map(async (name) => [name, await (await fetchFile(name)).blob()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function fetchFile(name: string): Promise<Response> {
  const response = await fetch(folder + name);
  if (response.ok) return response;
  throw new StablePoseError('model-not-found', `The page's server has no ${name} (${response.status}).`, {
    remedy: 'Start it with `npx stable-pose studio`.',
  });
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
