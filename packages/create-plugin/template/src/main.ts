import { writeFile } from 'node:fs/promises';
import { encodePng, generateIntoHost } from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';
import { MyEditor } from './my-editor.ts';
import { MyHost } from './my-host.ts';

const editor = new MyEditor();
editor.open({ width: 256, height: 320, layers: [], skeletons: [] });
const host = new MyHost(editor);

// One line changes, and pictures come from a server: new RemoteEngine({ url, token }).
const engine = createNodeEngine();
try {
  const { placed, notes } = await generateIntoHost(host, engine, {
    request: { prompt: 'a woman in a red dress, standing, from the front', steps: 8 },
  });
  for (const note of notes) console.log(note);

  const { target, area } = await host.readSelection();
  if (area === undefined) throw new Error('The document is gone.');
  await writeFile('picture.png', encodePng(await host.readPixels(target, { area })));
  console.log(`${placed.length} picture in the document; what it looks like is in picture.png.`);
} finally {
  await engine.dispose();
}
