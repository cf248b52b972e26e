// A posed picture, on this computer.
import { readFile, writeFile } from 'node:fs/promises';
import { encodePng, readPoses } from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';

const engine = createNodeEngine();
const { poses } = readPoses(await readFile(new URL('waving.json', import.meta.url), 'utf8'));
const prompt = 'a woman in a red dress standing from the front, on a beach';

const { pictures } = await engine.generate({ prompt, poses });

await writeFile('waving.png', encodePng(pictures[0].raster));
await engine.dispose();
