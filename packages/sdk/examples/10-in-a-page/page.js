// A posed picture, made by the browser that shows it.
import config from '@stable-pose/figurine/config.json?url';
import weights from '@stable-pose/figurine/figurine.safetensors?url';
import tokenizer from '@stable-pose/figurine/tokenizer.json?url';
import vocabulary from '@stable-pose/figurine/vocabulary.json?url';
import { encodePng, progressWords, readPoses } from '@stable-pose/sdk';
import { createWebEngine } from '@stable-pose/sdk/web';
import waving from './waving.json?raw';

const form = document.forms[0];
const output = document.querySelector('output');
const image = document.querySelector('img');
const { poses } = readPoses(waving);

output.value = 'Starting';
const engine = await createWebEngine({
  model: {
    id: 'figurine',
    files: {
      'config.json': config,
      'tokenizer.json': tokenizer,
      'vocabulary.json': vocabulary,
      'figurine.safetensors': weights,
    },
  },
});
output.value = `Ready: ${(await engine.describe()).device}`;

let running = new AbortController();
form.cancel.onclick = () => running.abort();
form.onsubmit = async (event) => {
  event.preventDefault();
  running.abort();
  running = new AbortController();
  form.cancel.disabled = false;
  const request = { prompt: form.prompt.value, steps: form.steps.valueAsNumber, poses };
  try {
    const { pictures } = await engine.generate(request, {
      signal: running.signal,
      onProgress: (progress) => {
        output.value = progressWords(progress);
      },
    });
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(new Blob([encodePng(pictures[0].raster)], { type: 'image/png' }));
    output.value = 'Done';
  } catch (error) {
    output.value = error.message;
  }
  form.cancel.disabled = true;
};
