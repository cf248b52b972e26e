// An adapter for an "editor" that is a folder: a PNG for every layer, and document.json, which says how they lie. Small, but
// whole: it passes the conformance suite (example 05). Read docs/guides/write-a-host-adapter.md beside it.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkPlacement,
  cropRaster,
  decodePng,
  encodePng,
  memoryStore,
  raster,
  resizeRaster,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/sdk';

/**
 * @typedef {import('@stable-pose/sdk').HostAdapter} HostAdapter
 * @typedef {{ id: string, file: string, name: string, area: import('@stable-pose/sdk').Rectangle, metadata?: string }} Layer
 * @typedef {{ width: number, height: number, layers: Layer[], poses: import('@stable-pose/sdk').Pose[], selected?: string }} Document
 */

/** @implements {HostAdapter} */
export class FolderHost {
  /** @type {import('@stable-pose/sdk').HostInfo} */
  info = {
    name: 'Folder',
    version: '1',
    capabilities: {
      masks: false,
      pictureMasks: false,
      scalesPictures: false,
      metadata: true,
      replacePictures: false,
      newCanvas: false,
      poses: 'place',
      files: 'none',
      links: false,
    },
    limits: { placeSide: 8192, metadataBytes: 1_000_000 },
  };

  storage = { settings: memoryStore(), blobs: memoryStore() };

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {string} [target] @returns {Promise<import('@stable-pose/sdk').HostSelection>} */
  async readSelection(target = this.folder) {
    const { width, height, layers, poses, selected } = await this.#read(target);
    const layer = layers.find(({ id }) => id === selected);
    return {
      target,
      kind: layer ? 'picture' : 'canvas',
      name: layer?.name ?? target,
      canvas: { width, height },
      area: layer?.area ?? { x: 0, y: 0, width, height },
      hasMask: false,
      people: poses.length,
      alsoSelected: [],
      ...(layer ? { placed: { id: layer.id, metadata: layer.metadata } } : {}),
    };
  }

  /** @param {string} target @param {import('@stable-pose/sdk').PixelReading} reading */
  async readPixels(target, { area, size = area, signal }) {
    throwIfCancelled(signal);
    const { layers } = await this.#read(target);
    const ground = raster(area.width, area.height, 4);
    for (const layer of layers) {
      const picture = withChannels(decodePng(await readFile(join(target, layer.file))), 4);
      const part = cropRaster(picture, { ...area, x: area.x - layer.area.x, y: area.y - layer.area.y });
      for (let i = 0; i < part.data.length; i += 4) {
        // Layers here are opaque or not there; a real editor mixes.
        if (part.data[i + 3] > 0) ground.data.set(part.data.subarray(i, i + 4), i);
      }
    }
    return resizeRaster(ground, size.width, size.height, 'bilinear');
  }

  /** @returns {Promise<undefined>} */
  async readMask() {
    return undefined;
  }

  /** @param {string} target */
  async readPoses(target) {
    return { poses: (await this.#read(target)).poses, notes: [] };
  }

  /** @param {string} target @param {readonly import('@stable-pose/sdk').Pose[]} poses @param {import('@stable-pose/sdk').PlacePosesOptions} [options] */
  async placePoses(target, poses, { signal } = {}) {
    throwIfCancelled(signal);
    const document = await this.#read(target);
    await this.#write(target, { ...document, poses: structuredClone([...poses]) });
  }

  /** @param {import('@stable-pose/sdk').Placement} placement @param {import('@stable-pose/sdk').PlaceOptions} [options] */
  async place({ target, pictures, poses }, { signal } = {}) {
    throwIfCancelled(signal);
    const document = await this.#read(target);
    // Against what `info` says: nothing that the folder cannot keep goes further.
    checkPlacement({ pictures, poses }, this.info);
    const layers = [...document.layers];
    const ids = [];
    for (const { picture, area, name, metadata } of pictures) {
      const id = randomUUID();
      // A file that nothing names yet changes nothing: should the next picture fail, the document is as it was.
      await writeFile(join(target, `${id}.png`), encodePng(picture));
      layers.push({ id, file: `${id}.png`, name, area, ...(metadata === undefined ? {} : { metadata }) });
      ids.push(id);
    }
    throwIfCancelled(signal);
    const kept = poses ? structuredClone([...poses.poses]) : document.poses;
    await this.#write(target, { ...document, layers, poses: kept });
    return ids;
  }

  /** Not of the port: one step back. */
  async undo() {
    const { steps } = JSON.parse(await readFile(join(this.folder, 'history.json'), 'utf8'));
    const before = steps.pop();
    if (before) await this.#replace(this.folder, before, steps);
  }

  /** @param {string} title */
  startProgress(title) {
    return {
      /** @param {number} share @param {string} words */
      update: (share, words) => console.log(`${title}: ${Math.round(100 * share)} % ${words}`),
      end: () => {},
    };
  }

  /** @param {string} text */
  notify(text) {
    console.log(text.slice(0, 200));
  }

  /** @returns {Promise<import('@stable-pose/sdk').HostTheme>} */
  async theme() {
    return { appearance: 'light', colours: {} };
  }

  watch() {
    // Nothing tells a folder's reader that it changed.
    return () => {};
  }

  /** @returns {Promise<never>} */
  async saveFile() {
    throw notSupported('saving files');
  }

  /** @returns {Promise<never>} */
  async pickFile() {
    throw notSupported('opening files');
  }

  /** @returns {Promise<never>} */
  async openLink() {
    throw notSupported('links');
  }

  /** @param {string} target @returns {Promise<Document>} */
  async #read(target) {
    const path = join(target, 'document.json');
    if (!existsSync(path))
      throw new StablePoseError('host-target-gone', `There is no document in ${target}.`);
    return JSON.parse(await readFile(path, 'utf8'));
  }

  /** One undo step. @param {string} target @param {Document} document */
  async #write(target, document) {
    const history = join(target, 'history.json');
    const { steps } = existsSync(history) ? JSON.parse(await readFile(history, 'utf8')) : { steps: [] };
    steps.push(await this.#read(target));
    await this.#replace(target, document, steps);
  }

  /** Whole or not at all: a rename is. @param {string} target @param {Document} document @param {Document[]} steps */
  async #replace(target, document, steps) {
    const path = join(target, 'document.json');
    await writeFile(`${path}.part`, JSON.stringify(document));
    await rename(`${path}.part`, path);
    await writeFile(join(target, 'history.json'), JSON.stringify({ steps }));
  }
}

/**
 * An empty document, or one with a picture.
 * @param {string} folder
 * @param {import('@stable-pose/sdk').Size} canvas
 * @param {import('@stable-pose/sdk').Raster} [picture] @param {readonly import('@stable-pose/sdk').Pose[]} [poses]
 */
export async function makeDocument(folder, { width, height }, picture, poses = []) {
  await mkdir(folder, { recursive: true });
  const area = { x: 0, y: 0, width, height };
  if (picture) await writeFile(join(folder, 'ground.png'), encodePng(picture));
  const layers = picture ? [{ id: 'ground', file: 'ground.png', name: 'Ground', area }] : [];
  await writeFile(join(folder, 'document.json'), JSON.stringify({ width, height, layers, poses }));
}

/** @param {string} what */
function notSupported(what) {
  return new StablePoseError('not-supported', `A folder knows no ${what}.`);
}
