import { signal } from '@preact/signals';
import {
  encodedRaster,
  type GeneratedPicture,
  type GenerationRequestInput,
  type PoseScore,
  type Raster,
  StablePoseError,
} from '@stable-pose/core';
import type { AreaPlan, HostStore, PreparedGeneration } from '@stable-pose/sdk';
import { pictureUrl } from '../files/picture-url.ts';
import { writePictureFile } from './picture-file.ts';
import { StoreWriter } from './store-writer.ts';

/** A picture that was made. */
export interface Result {
  /** Sorts by time. */
  readonly id: string;
  readonly createdAt: number;
  /** Makes exactly this picture. */
  readonly request: GenerationRequestInput;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** Mean similarity of the found to the asked people, 0 to 1, where the engine measured it. */
  readonly poseScore?: number;
  /** What was found in it, in pixels of the request. */
  readonly score?: PoseScore;
  readonly warnings: readonly string[];
  /** Only the people of it: what is round them is transparent. */
  readonly isCutOut?: boolean;
  /** Which part of the document it was drawn for, with what surroundings; older results have none. */
  readonly area?: AreaPlan;
  /** PNG with the request inside. */
  readonly png: Uint8Array;
  /** Of the PNG, good while the gallery lives. */
  readonly url: string;
  /** Where it was meant to go; known in the session that made it. */
  readonly prepared?: PreparedGeneration;
}

type KeptFacts = Omit<Result, 'png' | 'url' | 'prepared'>;

const folder = 'gallery/';
const mostResults = 120;
/** Of what the store says it holds; the rest is the session's, and others'. */
const roomShare = 0.8;

/** Pictures that were made, newest first, kept in the host's store as far as it has room. */
export class Gallery {
  readonly results = signal<readonly Result[]>([]);
  private readonly store: HostStore;
  private readonly onTrouble: (error: StablePoseError) => void;
  private readonly writer: StoreWriter;
  private counter = 0;

  /** @param onTrouble the store failed; pictures stay for as long as the page is open */
  constructor(store: HostStore, onTrouble: (error: StablePoseError) => void) {
    this.store = store;
    this.onTrouble = onTrouble;
    this.writer = new StoreWriter(onTrouble);
  }

  /** What was kept last time. A picture that cannot be read is passed over. */
  async load(): Promise<void> {
    try {
      const names = (await this.store.names(folder)).filter((name) => name.endsWith('.json'));
      for (const name of names.reverse().slice(0, mostResults)) {
        const result = await this.readOne(name);
        if (!result || this.results.peek().some(({ id }) => id === result.id)) continue;
        this.results.value = [...this.results.peek(), result].sort((a, b) => (a.id < b.id ? 1 : -1));
      }
    } catch (error) {
      this.onTrouble(StablePoseError.from(error, 'storage-unavailable'));
    }
  }

  private async readOne(name: string): Promise<Result | undefined> {
    try {
      const facts = await this.store.read(name);
      const png = await this.store.read(name.replace(/\.json$/, '.png'));
      if (!facts || !png) return undefined;
      const kept = JSON.parse(new TextDecoder().decode(facts)) as KeptFacts;
      if (typeof kept.id !== 'string' || typeof kept.request !== 'object') return undefined;
      return { ...kept, png, url: pictureUrl(png) };
    } catch (error) {
      if (StablePoseError.is(error) && error.code === 'storage-unavailable') throw error;
      return undefined;
    }
  }

  /** @param prepared where it was meant to go, where that is known */
  add(
    picture: GeneratedPicture,
    prepared: PreparedGeneration | undefined,
    {
      isCutOut = false,
      area = prepared?.area,
    }: { readonly isCutOut?: boolean; readonly area?: AreaPlan } = {},
  ): Result {
    const { raster, seed, request, warnings, score } = picture;
    const createdAt = Date.now();
    const id = `${createdAt.toString(36).padStart(9, '0')}-${String(this.counter++).padStart(4, '0')}`;
    const png = writePictureFile(raster, request);
    const { width, height } = raster;
    const facts: KeptFacts = {
      id,
      createdAt,
      request,
      seed,
      width,
      height,
      ...(score ? { poseScore: score.similarity, score } : {}),
      warnings,
      ...(isCutOut ? { isCutOut } : {}),
      ...(area ? { area } : {}),
    };
    const written = new TextEncoder().encode(JSON.stringify(facts));
    const result: Result = { ...facts, png, url: pictureUrl(png), prepared };
    this.results.value = [result, ...this.results.peek()];
    this.writer.later(async () => {
      await this.makeRoom(png.length + written.length);
      // The picture first: facts without a picture would be a hole in the gallery after a crash.
      await this.store.write(`${folder}${id}.png`, png);
      await this.store.write(`${folder}${id}.json`, written);
    });
    return result;
  }

  /** Every picture and what is known of it, as a ZIP file. */
  async exported(nameOf: (result: Result) => string): Promise<Uint8Array> {
    const { zipSync } = await import('fflate');
    const results = this.results.peek();
    const files: Record<string, Uint8Array> = {};
    const history = results.map(({ png, url: _url, prepared: _prepared, ...facts }, i) => {
      const file = `${String(results.length - i).padStart(3, '0')}-${nameOf(results[i])}.png`;
      files[file] = png;
      return { file, ...facts };
    });
    files['history.json'] = new TextEncoder().encode(JSON.stringify(history, null, 1));
    // Pictures are packed already.
    return zipSync(files, { level: 0 });
  }

  remove(id: string): void {
    const result = this.results.peek().find((one) => one.id === id);
    if (!result) return;
    this.results.value = this.results.peek().filter((one) => one.id !== id);
    URL.revokeObjectURL(result.url);
    this.writer.later(() => this.forget(id));
  }

  private async forget(id: string): Promise<void> {
    await this.store.delete(`${folder}${id}.json`);
    await this.store.delete(`${folder}${id}.png`);
  }

  /** The oldest go, here and in the store, until there is room. */
  private async makeRoom(coming: number): Promise<void> {
    const most = (this.store.totalBytes ?? Number.POSITIVE_INFINITY) * roomShare;
    let kept = this.results.peek();
    const bytes = () => kept.reduce((sum, { png }) => sum + png.length + 4000, coming);
    while (kept.length > 1 && (kept.length > mostResults || bytes() > most)) {
      const oldest = kept[kept.length - 1];
      await this.forget(oldest.id);
      URL.revokeObjectURL(oldest.url);
      kept = kept.slice(0, -1);
    }
    if (kept.length < this.results.peek().length) this.results.value = kept;
  }

  /** When everything is kept that can be. */
  settled(): Promise<void> {
    return this.writer.settled();
  }

  dispose(): void {
    for (const { url } of this.results.peek()) URL.revokeObjectURL(url);
  }
}

/** Unpacked when somebody looks at its pixels. */
export function rasterOf(result: Result): Raster {
  return encodedRaster(result.png);
}
