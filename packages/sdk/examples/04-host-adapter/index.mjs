// A host adapter of one's own, used by hand: what is there, a picture into it, one step back.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { raster } from '@stable-pose/sdk';
import { FolderHost, makeDocument } from './folder-host.mjs';

const folder = await mkdtemp(join(tmpdir(), 'folder-host-'));
await makeDocument(folder, { width: 320, height: 240 });
const host = new FolderHost(folder);

const { target, area, canvas } = await host.readSelection();
console.log('canvas', canvas, 'area', area);

const picture = raster(100, 80, 3);
picture.data.fill(200);
const [id] = await host.place({
  target,
  undoName: 'Place a grey box',
  pictures: [{ picture, area: { x: 20, y: 20, width: 100, height: 80 }, name: 'Grey box' }],
});
console.log('placed', id.length > 0);

const seen = await host.readPixels(target, { area: { x: 20, y: 20, width: 1, height: 1 } });
console.log('seen', [...seen.data]);
await host.undo();
const before = await host.readPixels(target, { area: { x: 20, y: 20, width: 1, height: 1 } });
console.log('after undo', [...before.data]);
