// One line changes, and the pictures come from a server: node index.mjs http://127.0.0.1:PORT TOKEN
import { writeFile } from 'node:fs/promises';
import { encodePng } from '@stable-pose/sdk';
import { RemoteEngine } from '@stable-pose/sdk/remote';

const [url, token] = process.argv.slice(2);
const engine = new RemoteEngine({ url, token });

console.log(await engine.describe());
const { pictures } = await engine.generate({ prompt: 'a woman in a red dress', steps: 4 });
await writeFile('from-a-server.png', encodePng(pictures[0].raster));
await engine.dispose();
