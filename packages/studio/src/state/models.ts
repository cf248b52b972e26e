import { signal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';
import type { ModelReference, ModelStore, PullProgress, StoredModel, StoreUsage } from '@stable-pose/sdk';

/** A download, or the copying of files of one's own. */
export interface Pull {
  readonly key: string;
  /** For people: where it comes from. */
  readonly title: string;
  readonly source: ModelReference;
  readonly progress?: PullProgress;
  /** Until it is taken up again. */
  readonly isPaused: boolean;
  readonly error?: StablePoseError;
}

/** The models that an engine keeps, and those on their way. */
export class Models {
  readonly list = signal<readonly StoredModel[]>([]);
  readonly usage = signal<StoreUsage | undefined>(undefined);
  readonly pulls = signal<readonly Pull[]>([]);
  private readonly store: ModelStore;
  private readonly onChange: () => Promise<void>;
  private readonly controllers = new Map<string, AbortController>();

  /** @param onChange what there is to ask for is another */
  constructor(store: ModelStore, onChange: () => Promise<void>) {
    this.store = store;
    this.onChange = onChange;
  }

  /** @throws storage-unavailable */
  async refresh(): Promise<void> {
    this.list.value = await this.store.list();
    this.usage.value = await this.store.usage();
  }

  /** Fetches what is missing; the same again goes on where it was paused. Resolves when it is there, paused or failed. */
  async pull(source: ModelReference): Promise<void> {
    const key = keyOf(source);
    if (this.controllers.has(key)) return;
    const controller = new AbortController();
    this.controllers.set(key, controller);
    this.put({ key, title: titleOf(source), source, isPaused: false });
    try {
      await this.store.pull(source, {
        signal: controller.signal,
        onProgress: (progress) => this.change(key, { progress }),
      });
      this.pulls.value = this.pulls.peek().filter((pull) => pull.key !== key);
      await this.refresh();
      await this.onChange();
    } catch (error) {
      const failure = StablePoseError.from(error);
      const isPaused = failure.code === 'cancelled';
      this.change(key, { isPaused: true, ...(isPaused ? {} : { error: failure }) });
      await this.refresh().catch(() => {});
    } finally {
      this.controllers.delete(key);
    }
  }

  pause(key: string): void {
    this.controllers.get(key)?.abort();
  }

  /** A paused download that nobody wants any more; what came of it goes with its model. */
  forget(key: string): void {
    this.pause(key);
    this.pulls.value = this.pulls.peek().filter((pull) => pull.key !== key);
  }

  async remove(model: StoredModel): Promise<void> {
    if (model.source) this.forget(keyOf(model.source));
    await this.store.remove(model.id);
    await this.refresh();
    await this.onChange();
  }

  private put(pull: Pull): void {
    this.pulls.value = [...this.pulls.peek().filter(({ key }) => key !== pull.key), pull];
  }

  private change(key: string, change: Partial<Pull>): void {
    this.pulls.value = this.pulls.peek().map((pull) => (pull.key === key ? { ...pull, ...change } : pull));
  }
}

const known = new WeakMap<ModelStore, Models>();

/** The same for the same store: downloads go on while nobody looks. */
export function modelsOf(store: ModelStore, onChange: () => Promise<void>): Models {
  const models = known.get(store) ?? new Models(store, onChange);
  known.set(store, models);
  return models;
}

/** `owner/name`, or an address. @throws invalid-input */
export function referenceOf(text: string, sha256?: string): ModelReference {
  const words = text.trim();
  if (/^[\w.-]+\/[\w.-]+$/.test(words) && !words.includes('://')) return { from: 'hub', repository: words };
  if (URL.canParse(words)) {
    const hash = sha256?.trim().toLowerCase();
    return { from: 'url', url: words, ...(hash ? { sha256: hash } : {}) };
  }
  throw new StablePoseError('invalid-input', `${JSON.stringify(words)} is no model's address.`, {
    remedy: 'Write owner/name of a hub, or an https address.',
  });
}

export function keyOf(source: ModelReference): string {
  switch (source.from) {
    case 'hub':
      return `hub ${source.repository} ${source.revision ?? 'main'}`;
    case 'url':
      return `url ${source.url}`;
    case 'path':
      return `path ${source.path}`;
    case 'files':
      return `files ${source.files.map(({ name, size }) => `${name} ${size}`).join()}`;
    default:
      throw new TypeError(`Nothing such as ${source satisfies never}.`);
  }
}

function titleOf(source: ModelReference): string {
  if (source.from === 'hub') return source.repository;
  if (source.from === 'url') return source.url.split('/').filter(Boolean).at(-1) ?? source.url;
  if (source.from === 'files') return source.files.map(({ name }) => name).join(', ');
  return source.path;
}
