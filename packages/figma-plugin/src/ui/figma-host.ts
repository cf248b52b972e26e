import {
  checkPoses,
  cropRaster,
  decodePng,
  encodePng,
  fileOf,
  type Pose,
  type Raster,
  type Rectangle,
  raster,
  resizeRaster,
  type Size,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import {
  aboveLimit,
  checkPlacement,
  checkRectangle,
  checkStoreName,
  type HostAdapter,
  type HostEvent,
  type HostFile,
  type HostInfo,
  type HostPoses,
  type HostProgress,
  type HostSelection,
  type HostStorage,
  type HostStore,
  type HostTarget,
  type HostTheme,
  type MaskReading,
  type PixelReading,
  type PlacedId,
  type Placement,
  type PlaceOptions,
  type PlacePosesOptions,
} from '@stable-pose/sdk';
import type { MainCalls } from '../messages/call-main.ts';
import { fillOutline } from './fill-outline.ts';
import type { ThemeSource } from './page-theme.ts';
import { sampleTurned, type Way, wayOf } from './sample-turned.ts';

export interface FigmaHostParts {
  readonly main: MainCalls;
  readonly theme: ThemeSource;
  /** Of the plug-in's API, as the main half says it; empty when it does not. */
  readonly version?: string;
}

const longestSide = 4096;
const mostPictures = 16;
/** An entry of plugin data is 100 kB, key and all (Figma's typings, `setPluginData`). */
const metadataBytes = 99_000;
const notifyCharacters = 100;
/** Of `clientStorage`'s 5 MB, which both rooms share. */
const settingsBytes = 100_000;
const blobBytes = 1_000_000;
const totalBytes = 4_900_000;

/**
 * Figma as a host, in the UI half: pictures are encoded and decoded here, where there is time for it, and cross to the main
 * half as PNG files.
 */
export class FigmaHost implements HostAdapter {
  readonly info: HostInfo;
  readonly storage: HostStorage;
  private readonly main: MainCalls;
  private readonly themeSource: ThemeSource;

  constructor({ main, theme, version = '' }: FigmaHostParts) {
    this.main = main;
    this.themeSource = theme;
    this.info = {
      name: 'Figma',
      version,
      capabilities: {
        masks: true,
        pictureMasks: false,
        scalesPictures: true,
        metadata: true,
        replacePictures: true,
        newCanvas: true,
        poses: 'place',
        files: 'page',
        links: true,
      },
      limits: {
        placeSide: longestSide,
        readSide: longestSide,
        placeCount: mostPictures,
        metadataBytes,
        notifyCharacters,
      },
    };
    this.storage = {
      settings: this.store('settings', settingsBytes),
      blobs: this.store('blobs', blobBytes),
    };
  }

  readSelection(target?: HostTarget): Promise<HostSelection> {
    return this.main.ask('readSelection', target === undefined ? {} : { target });
  }

  async readPixels(
    target: HostTarget,
    { area, size = area, layers = 'visible', signal }: PixelReading,
  ): Promise<Raster> {
    return this.readPart(target, layers === 'visible' ? 'canvas' : 'selected', area, size, signal);
  }

  /** What a shape covers: its outline, filled. Of what has none, groups for one, the alpha of its export. */
  async readMask(
    target: HostTarget,
    { area, size = area, signal }: MaskReading,
  ): Promise<Raster | undefined> {
    throwIfCancelled(signal);
    const { hasMask } = await this.readSelection(target);
    if (!hasMask) return undefined;
    checkReading(area, size);
    const { paths, way } = await this.main.ask('readOutline', { target }, signal);
    if (paths.length > 0) return fillOutline(paths, way as unknown as Way, area, size);
    const seen = await this.readPart(target, 'selected', area, size, signal);
    const mask = raster(size.width, size.height, 1);
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = seen.data[4 * i + 3];
    return mask;
  }

  readPoses(target: HostTarget): Promise<HostPoses> {
    return this.main.ask('readPoses', { target });
  }

  async placePoses(
    target: HostTarget,
    poses: readonly Pose[],
    { isVisible = true, signal }: PlacePosesOptions = {},
  ): Promise<void> {
    const checked = checkPoses([...poses], { allowNobody: true });
    await this.main.ask('placePoses', { target, poses: checked, isVisible }, signal);
  }

  async place(placement: Placement, { signal }: PlaceOptions = {}): Promise<readonly PlacedId[]> {
    throwIfCancelled(signal);
    checkPlacement(placement, this.info);
    const { target, pictures, poses, hidesShape = false } = placement;
    const files = pictures.map(({ picture, area, name, metadata, replace }) => ({
      png: fileOf(picture) ?? encodePng(picture),
      width: picture.width,
      height: picture.height,
      area,
      name,
      ...(metadata === undefined ? {} : { metadata }),
      ...(replace === undefined ? {} : { replace }),
    }));
    return this.main.ask(
      'place',
      { target, pictures: files, ...(poses ? { poses } : {}), ...(hidesShape ? { hidesShape } : {}) },
      signal,
    );
  }

  /** Figma has no progress display for plug-ins: the studio shows its own. */
  startProgress(): HostProgress {
    return { update: () => undefined, end: () => undefined };
  }

  notify(text: string, kind: 'info' | 'warning' | 'error' = 'info'): void {
    if (text.trim() === '') return;
    const shown = text.length > notifyCharacters ? `${text.slice(0, notifyCharacters - 1)}…` : text;
    // A plug-in that is closing has nobody to tell.
    this.main.ask('notify', { text: shown, isError: kind === 'error' }).catch(() => undefined);
  }

  async theme(): Promise<HostTheme> {
    return this.themeSource.read();
  }

  watch(event: HostEvent, listener: () => void): () => void {
    let isOver = false;
    const tell = () => {
      if (!isOver) listener();
    };
    const stop = event === 'theme' ? this.themeSource.watch(tell) : this.main.watch(event, tell);
    return () => {
      isOver = true;
      stop();
    };
  }

  async saveFile(_file: HostFile): Promise<boolean> {
    throw notSupported('save files');
  }

  async pickFile(_endings: readonly string[]): Promise<HostFile | undefined> {
    throw notSupported('open files');
  }

  async openLink(url: string): Promise<void> {
    if (!url.startsWith('https://')) {
      throw new StablePoseError('invalid-input', `Only https addresses are opened, got ${url}.`);
    }
    await this.main.ask('openLink', { url });
  }

  private async readPart(
    target: HostTarget,
    part: 'canvas' | 'selected',
    area: Rectangle,
    size: Size,
    signal: AbortSignal | undefined,
  ): Promise<Raster> {
    throwIfCancelled(signal);
    checkReading(area, size);
    // Shapes and text are drawn sharp in a larger size; pictures that are scaled down come out better from the full one.
    const wished = Math.ceil(Math.max(size.width / area.width, size.height / area.height));
    const exported = await this.main.ask('exportPart', { target, part, scale: wished }, signal);
    const { png, ways } = exported;
    if (png === undefined) return raster(size.width, size.height, 4);
    const seen = withChannels(decodePng(png), 4);
    const [a, b, c, d, e, f] = wayOf(seen, ways);
    const isUpright = Math.abs(b) + Math.abs(c) < 1e-6 * (Math.abs(a) + Math.abs(d)) && a > 0 && d > 0;
    if (!isUpright) return sampleTurned(seen, [a, b, c, d, e, f], area, size);
    const left = Math.round(area.x * a + e);
    const top = Math.round(area.y * d + f);
    const cut = cropRaster(seen, {
      x: left,
      y: top,
      width: Math.max(1, Math.round((area.x + area.width) * a + e) - left),
      height: Math.max(1, Math.round((area.y + area.height) * d + f) - top),
    });
    throwIfCancelled(signal);
    if (cut.width === size.width && cut.height === size.height) return cut;
    return resizeRaster(cut, size.width, size.height);
  }

  private store(room: 'settings' | 'blobs', valueBytes: number): HostStore {
    return {
      place: 'device',
      valueBytes,
      totalBytes,
      read: async (name) => this.main.ask('storeRead', { room, name: checkStoreName(name) }),
      write: async (name, value) => {
        checkStoreName(name);
        if (value.length > valueBytes)
          throw aboveLimit('A value in a store', value.length, valueBytes, 'bytes');
        await this.main.ask('storeWrite', { room, name, value });
      },
      delete: async (name) => {
        await this.main.ask('storeDelete', { room, name: checkStoreName(name) });
      },
      names: (prefix = '') => this.main.ask('storeNames', { room, prefix }),
    };
  }
}

/** @throws invalid-input, limit-exceeded */
function checkReading(area: Rectangle, size: Size): void {
  checkRectangle(area, 'An area');
  checkRectangle({ x: 0, y: 0, ...size }, 'A size');
  const side = Math.max(size.width, size.height);
  if (side > longestSide) throw aboveLimit('A picture that is read', side, longestSide, 'pixels a side');
}

function notSupported(what: string): StablePoseError {
  return new StablePoseError('not-supported', `The Figma plug-in cannot ${what} by itself.`);
}
