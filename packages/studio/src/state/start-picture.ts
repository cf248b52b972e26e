import { computed, signal } from '@preact/signals';
import {
  type GenerationRequestInput,
  limbs,
  type Rectangle,
  type Size,
  StablePoseError,
} from '@stable-pose/core';
import type { HostStore } from '@stable-pose/sdk';
import type { Person, Point } from '../editor/index.ts';
import { base64Of } from '../files/base64.ts';
import { drawPicture } from '../files/drawn-picture.ts';
import type { GivenPicture } from '../files/picture-input.ts';
import { StoreWriter } from './store-writer.ts';

/** A picture that the next one is drawn from. */
export interface StartPicture {
  /** Good as long as the picture is the one in use. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly image: ImageBitmap;
  readonly blob: Blob;
}

/** One stroke of the brush, in pixels of the picture. */
export interface Stroke {
  readonly radius: number;
  /** Keeps what an earlier stroke gave away. */
  readonly isErasing: boolean;
  readonly points: readonly Point[];
}

const [pictureName, strokesName] = ['start/picture.png', 'start/strokes.json'];
/** Of the store's room that a start may take; a larger one is the session's. */
const roomShare = 0.15;

/**
 * The picture to start from, and the part of it that is drawn anew. The picture covers the document, whatever its size; strokes
 * are in its pixels, so that they stay on what they were painted over.
 */
export class Start {
  readonly picture = signal<StartPicture | undefined>(undefined);
  readonly strokes = signal<readonly Stroke[]>([]);
  /** The one under the hand. */
  readonly draft = signal<Stroke | undefined>(undefined);
  /** The part of a request that came with one; strokes go over it. Its alpha says what is drawn anew. */
  readonly base = signal<ImageBitmap | undefined>(undefined);
  readonly hasMask = computed(() => this.strokes.value.length > 0 || this.base.value !== undefined);
  private undone: readonly Stroke[] = [];
  private readonly store: HostStore;
  private readonly onTrouble: (error: unknown) => void;
  private readonly writer: StoreWriter;

  constructor(store: HostStore, onTrouble: (error: unknown) => void) {
    this.store = store;
    this.onTrouble = onTrouble;
    this.writer = new StoreWriter(onTrouble);
  }

  /** What lay here last time. */
  async load(): Promise<void> {
    try {
      const png = await this.store.read(pictureName);
      if (!png || this.picture.peek()) return;
      const blob = new Blob([png as Uint8Array<ArrayBuffer>], { type: 'image/png' });
      const strokes = await this.store.read(strokesName);
      await this.put(blob);
      this.strokes.value = strokes ? readStrokes(new TextDecoder().decode(strokes)) : [];
    } catch (error) {
      const { code } = StablePoseError.from(error);
      if (code === 'storage-unavailable') this.onTrouble(error);
    }
  }

  async set({ blob }: GivenPicture | { readonly blob: Blob }): Promise<void> {
    await this.put(blob);
    this.clearMask();
    this.keepPicture(blob);
  }

  private async put(blob: Blob): Promise<void> {
    const image = await createImageBitmap(blob);
    this.drop();
    const { width, height } = image;
    this.picture.value = { url: URL.createObjectURL(blob), width, height, image, blob };
  }

  private drop(): void {
    const old = this.picture.peek();
    if (!old) return;
    this.picture.value = undefined;
    old.image.close();
    // Not before the picture on screen was changed.
    setTimeout(() => URL.revokeObjectURL(old.url), 1000);
  }

  remove(): void {
    this.drop();
    this.clearMask();
    this.writer.later(async () => {
      await this.store.delete(pictureName);
      await this.store.delete(strokesName);
    });
  }

  paint(stroke: Stroke): void {
    this.undone = [];
    this.strokes.value = [...this.strokes.peek(), stroke];
    this.keepStrokes();
  }

  undo(): void {
    const strokes = this.strokes.peek();
    const last = strokes.at(-1);
    if (!last) return;
    this.undone = [...this.undone, last];
    this.strokes.value = strokes.slice(0, -1);
    this.keepStrokes();
  }

  redo(): void {
    const last = this.undone.at(-1);
    if (!last) return;
    this.undone = this.undone.slice(0, -1);
    this.strokes.value = [...this.strokes.peek(), last];
    this.keepStrokes();
  }

  clearMask(): void {
    this.base.value = undefined;
    this.undone = this.strokes.peek();
    this.strokes.value = [];
    this.keepStrokes();
  }

  /** Everything that people take up, with some room round it. */
  paintPeople(people: readonly Person[], size: Size): void {
    const map = toPicture(this.picture.peek(), size);
    if (!map) return;
    for (const { keypoints } of people) {
      const there = keypoints.filter(({ state }) => state !== 'deleted');
      const ys = there.map(({ y }) => y);
      const radius = Math.max(6, (Math.max(...ys) - Math.min(...ys)) * 0.075) * map.scale;
      const strokes = limbs.flatMap(({ from, to }): readonly Stroke[] => {
        const ends = [keypoints[from], keypoints[to]];
        if (ends.some(({ state }) => state === 'deleted')) return [];
        return [{ radius, isErasing: false, points: ends.map(map.of) }];
      });
      this.strokes.value = [...this.strokes.peek(), ...strokes];
    }
    this.undone = [];
    this.keepStrokes();
  }

  /** Draws what is drawn anew, in a colour, over a document of a size. */
  drawMask(context: CanvasRenderingContext2D, size: Size, colour: string): void {
    const map = toPicture(this.picture.peek(), size);
    const picture = this.picture.peek();
    if (!map || !picture) return;
    const base = this.base.peek();
    const draft = this.draft.peek();
    context.save();
    context.setTransform(1 / map.scale, 0, 0, 1 / map.scale, -map.left / map.scale, -map.top / map.scale);
    if (base) context.drawImage(base, 0, 0, picture.width, picture.height);
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.strokeStyle = '#fff';
    for (const stroke of draft ? [...this.strokes.peek(), draft] : this.strokes.peek()) {
      context.globalCompositeOperation = stroke.isErasing ? 'destination-out' : 'source-over';
      context.lineWidth = stroke.radius * 2;
      context.beginPath();
      const [first, ...others] = stroke.points;
      context.moveTo(first.x, first.y);
      // A click is a dot.
      context.lineTo(first.x + 0.01, first.y);
      for (const { x, y } of others) context.lineTo(x, y);
      context.stroke();
    }
    context.restore();
    context.globalCompositeOperation = 'source-in';
    context.fillStyle = colour;
    context.fillRect(0, 0, size.width, size.height);
    context.globalCompositeOperation = 'source-over';
  }

  /** The parts of a request, in its size. Nothing where there is no picture. */
  async requestParts(
    size: Size,
    form: { readonly startStrength: number; readonly maskFeather: number; readonly maskInverted: boolean },
  ): Promise<Pick<GenerationRequestInput, 'image' | 'mask'>> {
    const picture = this.picture.peek();
    if (!picture) return {};
    const image = await pngOf(size, (context) => {
      const scale = Math.max(size.width / picture.width, size.height / picture.height);
      const [width, height] = [picture.width * scale, picture.height * scale];
      context.imageSmoothingQuality = 'high';
      context.drawImage(picture.image, (size.width - width) / 2, (size.height - height) / 2, width, height);
    });
    const asked = { image: { picture: image, strength: form.startStrength } };
    if (!this.hasMask.peek()) return asked;
    const mask = await pngOf(size, (context) => {
      this.drawMask(context, size, '#fff');
      context.globalCompositeOperation = 'destination-over';
      context.fillStyle = '#000';
      context.fillRect(0, 0, size.width, size.height);
    });
    return { ...asked, mask: { picture: mask, feather: form.maskFeather, invert: form.maskInverted } };
  }

  /**
   * What a request started from.
   * @param part of picture and mask, in their pixels: without the surroundings that a document gave them
   */
  async take(
    { image, mask }: Pick<GenerationRequestInput, 'image' | 'mask'>,
    part: Rectangle | undefined,
  ): Promise<void> {
    if (!image) {
      this.remove();
      return;
    }
    const read = (picture: string) => (part ? cutBlob(blobOf(picture), part) : blobOf(picture));
    await this.set({ blob: await read(image.picture) });
    if (mask) this.base.value = await alphaOf(await read(mask.picture));
  }

  private keepPicture(blob: Blob): void {
    const most = (this.store.totalBytes ?? Number.POSITIVE_INFINITY) * roomShare;
    if (blob.size > Math.min(most, this.store.valueBytes ?? most)) return;
    this.writer.later(async () => {
      await this.store.write(pictureName, new Uint8Array(await blob.arrayBuffer()));
    });
  }

  private keepStrokes(): void {
    const strokes = this.strokes.peek();
    this.writer.later(() =>
      this.store.write(strokesName, new TextEncoder().encode(JSON.stringify(strokes, short))),
    );
  }

  settled(): Promise<void> {
    return this.writer.settled();
  }
}

/** From pixels of the document to those of the picture that covers it. */
export function toPicture(picture: Size | undefined, size: Size) {
  if (!picture) return undefined;
  const scale = 1 / Math.max(size.width / picture.width, size.height / picture.height);
  const left = (picture.width - size.width * scale) / 2;
  const top = (picture.height - size.height * scale) / 2;
  return { scale, left, top, of: ({ x, y }: Point): Point => ({ x: x * scale + left, y: y * scale + top }) };
}

function short(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 10) / 10 : value;
}

function readStrokes(text: string): readonly Stroke[] {
  try {
    const strokes = JSON.parse(text) as readonly Stroke[];
    return strokes.filter(({ radius, points }) => radius > 0 && points.length > 0);
  } catch {
    return [];
  }
}

/** A drawing as PNG in base64. */
async function pngOf(size: Size, draw: (context: CanvasRenderingContext2D) => void): Promise<string> {
  const blob = await drawPicture(size, draw).png();
  return base64Of(new Uint8Array(await blob.arrayBuffer()));
}

function blobOf(base64: string): Blob {
  const binary = atob(base64.replace(/^data:[^,]*,/, ''));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new Blob([bytes], { type: 'image/png' });
}

/** A part of a picture, as PNG. */
async function cutBlob(blob: Blob, { x, y, width, height }: Rectangle): Promise<Blob> {
  const bitmap = await createImageBitmap(blob, x, y, width, height);
  const drawn = drawPicture(bitmap, (context) => context.drawImage(bitmap, 0, 0));
  bitmap.close();
  return drawn.png();
}

/** A mask in white on black, as alpha. */
async function alphaOf(blob: Blob): Promise<ImageBitmap> {
  const bitmap = await createImageBitmap(blob);
  const pixels = drawPicture(bitmap, (context) => context.drawImage(bitmap, 0, 0)).pixels();
  bitmap.close();
  for (let i = 0; i < pixels.data.length; i += 4) {
    pixels.data[i + 3] = (pixels.data[i] * pixels.data[i + 3]) / 255;
  }
  return createImageBitmap(pixels);
}
