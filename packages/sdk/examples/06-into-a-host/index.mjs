// The one use case: from what is in a document to a posed picture in it, as one undo step.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateIntoHost, readPoses } from '@stable-pose/sdk';
import { createNodeEngine } from '@stable-pose/sdk/node';
import { FolderHost, makeDocument } from '../04-host-adapter/folder-host.mjs';

// A document of 320 x 400 with a skeleton in it. The figurine draws in multiples of 64 about 256 x 256: rounding, and the way
// back, are not our business.
const pose = readPoses(await readFile(new URL('../01-picture-in-node/waving.json', import.meta.url), 'utf8'));
const folder = await mkdtemp(join(tmpdir(), 'folder-host-'));
await makeDocument(folder, { width: 320, height: 400 }, undefined, pose.poses);

const engine = createNodeEngine();
const { placed, prepared, notes } = await generateIntoHost(new FolderHost(folder), engine, {
  request: { prompt: 'a woman in a red dress, standing, from the front', steps: 4 },
});
console.log(`${placed.length} picture in ${folder}, drawn at`, prepared.area.size);
for (const note of notes) console.log(note);
await engine.dispose();
