// Poses of another program: OpenPose's JSON, in pixels of a 1280 x 720 picture, brought to the picture that is drawn.
import { readFile, writeFile } from 'node:fs/promises';
import { drawPoses, encodePng, readPoses, scalePoses } from '@stable-pose/sdk';

const text = await readFile(new URL('two-people.json', import.meta.url), 'utf8');
const { poses, format, notes } = readPoses(text);
console.log(`${poses.length} people in ${format}.`, ...notes);

const size = { width: 512, height: 320 };
const scaled = scalePoses(poses, { width: 1280, height: 720 }, size);

// What the network will see of it.
await writeFile('skeletons.png', encodePng(drawPoses(scaled, size)));
