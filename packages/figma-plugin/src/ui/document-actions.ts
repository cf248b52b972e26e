import { signal } from '@preact/signals';
import { type Pose, type Rectangle, StablePoseError } from '@stable-pose/core';
import {
  type GenerationEngine,
  generateIntoHost,
  type HostSelection,
  moveWithArea,
  progressShare,
  readPlacedMetadata,
  repeatPlaced,
} from '@stable-pose/sdk';
import type { MainCalls } from '../messages/call-main.ts';
import type { BarText } from './bar-text.ts';
import type { FigmaHost } from './figma-host.ts';

/** What can be done with what is selected, besides what the panel does. */
export type Offer =
  | { readonly kind: 'again' | 'people' | 'skeleton' }
  | { readonly kind: 'former' | 'restore'; readonly count: number };

export type ActionState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'working'; readonly words: string; readonly share?: number }
  | { readonly kind: 'failed'; readonly words: string };

export interface DocumentActionsParts {
  readonly host: FigmaHost;
  readonly main: MainCalls;
  /** Waits until there is one. @throws what opening it threw */
  readonly engine: () => Promise<GenerationEngine>;
  readonly text: BarText;
  /** A pose of the library by what people call it, standing in an area. */
  readonly namedPose: (name: string, view: string, area: Rectangle) => Promise<Pose | undefined>;
}

/** Longest side of a picture in which people are looked for. */
const searchSide = 1024;
const mostPeople = 10;

/** What a placed picture, a photo or a flattened skeleton offers where it lies in the file. Each action is one undo step. */
export class DocumentActions {
  readonly offers = signal<readonly Offer[]>([]);
  readonly state = signal<ActionState>({ kind: 'idle' });
  readonly text: BarText;
  private readonly host: FigmaHost;
  private readonly main: MainCalls;
  private readonly engine: () => Promise<GenerationEngine>;
  private readonly namedPose: DocumentActionsParts['namedPose'];
  private working: AbortController | undefined;
  private looks = 0;

  constructor({ host, main, engine, text, namedPose }: DocumentActionsParts) {
    this.namedPose = namedPose;
    this.host = host;
    this.main = main;
    this.engine = engine;
    this.text = text;
  }

  /** Reads anew what is selected; an answer that a later question overtook is dropped. */
  async look(): Promise<void> {
    const look = ++this.looks;
    let offers: readonly Offer[] = [];
    try {
      const selection = await this.host.readSelection();
      const { again, flattened, former } = await this.main.ask('readFurther', { target: selection.target });
      const found: (Offer | false)[] = [
        again !== undefined && !selection.obstacle && { kind: 'again' },
        again !== undefined && selection.people === 0 && { kind: 'skeleton' },
        former > 0 && { kind: 'former', count: former },
        flattened > 0 && { kind: 'restore', count: flattened },
        selection.kind === 'picture' && !selection.obstacle && { kind: 'people' },
      ];
      offers = found.filter((one): one is Offer => one !== false);
    } catch {
      // What is gone offers nothing.
    }
    if (look === this.looks) this.offers.value = offers;
  }

  /** The stored request and seed, with the people as they stand now, into the same rectangle. */
  again(): Promise<void> {
    return this.work(this.text.making(0), async (signal) => {
      const picture = await this.placedPicture();
      const engine = await this.engine();
      const { poses, notes } = await this.host.readPoses(picture.target);
      const metadata = readPlacedMetadata(picture.placed.metadata);
      const repeated = repeatPlaced(metadata, picture.area, poses.length > 0 ? poses : undefined);
      await generateIntoHost(
        this.host,
        engine,
        {
          ...repeated,
          request: { ...repeated.request, count: 1 },
          target: picture.target,
          name: picture.name,
          replace: true,
        },
        {
          signal,
          onProgress: (progress) => {
            const share = progressShare(progress);
            this.state.value = { kind: 'working', words: this.text.making(Math.round(share * 100)), share };
          },
        },
      );
      for (const note of notes) this.host.notify(note, 'warning');
      this.host.notify(this.text.made);
    });
  }

  /** Skeletons over the people in the selected picture, beside those that stand there. */
  findPeople(): Promise<void> {
    return this.work(this.text.looking, async (signal) => {
      const { target, area } = await this.host.readSelection();
      if (area === undefined) return;
      const engine = await this.engine();
      const scale = Math.min(1, searchSide / Math.max(area.width, area.height));
      const size = {
        width: Math.max(1, Math.round(area.width * scale)),
        height: Math.max(1, Math.round(area.height * scale)),
      };
      const seen = await this.host.readPixels(target, { area, size, layers: 'selected', signal });
      const found = await engine.detectPose(seen, { maxPeople: mostPeople, signal });
      const poses = moveWithArea(
        found.map(({ pose }) => pose),
        { x: 0, y: 0, ...size },
        area,
      );
      if (poses.length === 0) {
        this.host.notify(this.text.nobody.slice(0, 100), 'warning');
        return;
      }
      const standing = (await this.host.readPoses(target)).poses;
      await this.host.placePoses(target, [...standing, ...poses].slice(-mostPeople), { signal });
      this.host.notify(this.text.found(poses.length));
    });
  }

  /** The people that the picture was made from. */
  bringBackSkeleton(): Promise<void> {
    return this.work('', async (signal) => {
      const { target, area, placed } = await this.placedPicture();
      const metadata = readPlacedMetadata(placed.metadata);
      await this.host.placePoses(target, moveWithArea(metadata.poses, metadata.area, area), { signal });
      this.host.notify(this.text.brought);
    });
  }

  /** A pose of the library into the selected frame, beside those that stand there. */
  pose(name: string, view: string): Promise<void> {
    return this.work('', async (signal) => {
      const { target, area } = await this.host.readSelection();
      if (area === undefined) {
        throw new StablePoseError('invalid-input', 'People need a frame to stand in.', {
          remedy: 'Select a frame and try again.',
        });
      }
      const pose = await this.namedPose(name, view, area);
      if (pose === undefined) {
        throw new StablePoseError('invalid-input', `The library has no pose "${name}".`, {
          remedy: 'Choose one of those that Figma offers while you type.',
        });
      }
      const standing = (await this.host.readPoses(target)).poses;
      await this.host.placePoses(target, [...standing, pose].slice(-mostPeople), { signal });
    });
  }

  bringBackFormer(): Promise<void> {
    return this.work('', async () => {
      const { target } = await this.host.readSelection();
      await this.main.ask('bringBackFormer', { target });
    });
  }

  restore(): Promise<void> {
    return this.work('', async () => {
      const { target } = await this.host.readSelection();
      const count = await this.main.ask('restoreSkeletons', { target });
      this.host.notify(this.text.restored(count));
    });
  }

  cancel(): void {
    this.working?.abort();
  }

  /** Takes a failure's sentence away. */
  close(): void {
    if (this.state.peek().kind === 'failed') this.state.value = { kind: 'idle' };
  }

  /** The picture that is to be made again, where it lies now. */
  private async placedPicture(): Promise<
    HostSelection & {
      readonly area: NonNullable<HostSelection['area']>;
      readonly placed: { readonly id: string; readonly metadata: string };
    }
  > {
    const { target } = await this.host.readSelection();
    const { again } = await this.main.ask('readFurther', { target });
    const picture = again === undefined ? undefined : await this.host.readSelection(again);
    const { area, placed } = picture ?? {};
    if (!picture || !area || placed?.metadata === undefined) {
      throw new StablePoseError('invalid-input', 'Nothing is selected that was made here.', {
        remedy: 'Select a picture that Stable-Pose placed, or the frame that it lies in.',
      });
    }
    return { ...picture, area, placed: { id: placed.id, metadata: placed.metadata } };
  }

  /** One at a time; what fails says so in the bar. */
  private async work(words: string, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.working) return;
    const controller = new AbortController();
    this.working = controller;
    this.state.value = { kind: 'working', words };
    try {
      await task(controller.signal);
      this.state.value = { kind: 'idle' };
    } catch (error) {
      const { code, message } = StablePoseError.from(error);
      if (code === 'cancelled') this.host.notify(this.text.cancelled);
      this.state.value = code === 'cancelled' ? { kind: 'idle' } : { kind: 'failed', words: message };
    } finally {
      this.working = undefined;
      void this.look();
    }
  }
}
