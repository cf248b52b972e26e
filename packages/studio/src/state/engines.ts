import { batch, signal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';
import {
  type EngineDescription,
  type EngineModel,
  type GenerationEngine,
  type HostStore,
  isOutOfReach,
} from '@stable-pose/sdk';
import type { FoundServer } from '../engines/find-servers.ts';

/** `own`: the one that the panel was mounted with; `server`: one of this computer; `remote`: one of another. */
export type EngineWay = 'own' | 'server' | 'remote';
export const engineWays = ['own', 'server', 'remote'] as const;

export type EngineState =
  | { readonly kind: 'opening' }
  /** Nobody has chosen yet, and none came with the panel. */
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'ready';
      readonly engine: GenerationEngine;
      readonly description: EngineDescription;
      readonly models: readonly EngineModel[];
    }
  | { readonly kind: 'failed'; readonly error: StablePoseError };

/** A server that this panel was paired with. */
export interface PairedServer {
  readonly url: string;
  readonly token: string;
}

export interface ServerSearch {
  readonly isLooking: boolean;
  /** Undefined until somebody looked. */
  readonly found?: readonly FoundServer[];
}

type ServerWay = Exclude<EngineWay, 'own'>;

/** The plug-ins had this name before there was a chooser. */
const tokenNames = { server: 'server-token', remote: 'remote-token' } as const;
/** Of {@link KeptChoice} in the host's settings. */
export const choiceName = 'engine-choice';

interface KeptChoice {
  readonly way: EngineWay;
  readonly urls: Partial<Record<ServerWay, string>>;
}

export interface EnginesOptions {
  readonly own: GenerationEngine | Promise<GenerationEngine> | undefined;
  /** Where choice and tokens are kept. */
  readonly settings: HostStore;
  /** The store failed: the choice is good until the page is closed. */
  readonly onTrouble: (error: unknown) => void;
}

/** Where pictures are made: which of the ways, and how it stands with it. */
export class Engines {
  readonly state = signal<EngineState>({ kind: 'opening' });
  readonly way = signal<EngineWay>('own');
  readonly paired = signal<Partial<Record<ServerWay, PairedServer>>>({});
  /** Of a server on another computer that was used before, or that a team's build begins with. */
  readonly remoteUrl = signal('');
  readonly search = signal<ServerSearch>({ isLooking: false });
  readonly hasOwn: boolean;
  private readonly options: EnginesOptions;
  /** Engines of ours, by address and token: those that were left may still be at work, and know what they have begun. */
  private readonly made = new Map<string, GenerationEngine>();
  private turn = 0;
  private isClosed = false;

  constructor(options: EnginesOptions) {
    this.options = options;
    this.hasOwn = options.own !== undefined;
  }

  /** Opens what was chosen last time; when the panel's own cannot be had, a server that the panel is paired with. */
  async start(): Promise<void> {
    const choice = await this.readChoice();
    const wanted = choice?.way ?? (this.hasOwn ? 'own' : 'server');
    this.way.value = wanted === 'own' && !this.hasOwn ? 'server' : wanted;
    await this.open();
    if (this.way.peek() === 'own' && this.state.peek().kind === 'failed') await this.fallBack();
  }

  private async fallBack(): Promise<void> {
    const failed = this.state.peek();
    if (!this.paired.peek().server) return;
    this.way.value = 'server';
    await this.open();
    if (this.state.peek().kind === 'ready') return;
    batch(() => {
      this.way.value = 'own';
      this.state.value = failed;
    });
  }

  /** Tries again what is chosen. */
  async open(): Promise<void> {
    const turn = ++this.turn;
    const way = this.way.peek();
    this.state.value = { kind: 'opening' };
    const state = await this.stateOf(way);
    if (turn === this.turn && !this.isClosed) this.state.value = state;
  }

  private async stateOf(way: EngineWay): Promise<EngineState> {
    try {
      if (way === 'own') {
        const own = await this.options.own;
        return own ? await ready(own) : { kind: 'missing' };
      }
      const paired = this.paired.peek()[way];
      if (!paired) return { kind: 'missing' };
      return await ready(await this.connect(way === 'server' ? await this.whereNow(paired) : paired));
    } catch (error) {
      return { kind: 'failed', error: StablePoseError.from(error) };
    }
  }

  /** A server of this computer may have another port today. */
  private async whereNow(paired: PairedServer): Promise<PairedServer> {
    const { findServers } = await import('../engines/find-servers.ts');
    if (!isUsual(paired.url)) return paired;
    const found = await findServers();
    if (found.some(({ url }) => url === paired.url)) return paired;
    // A token goes to no stranger, where a page can tell.
    const other = found.find(({ isShy }) => !isShy || globalThis.location?.origin === 'null');
    return other ? { ...paired, url: other.url } : paired;
  }

  private async connect({ url, token }: PairedServer): Promise<GenerationEngine> {
    const { RemoteEngine } = await import('@stable-pose/sdk/remote');
    const name = `${url} ${token}`;
    const engine = this.made.get(name) ?? new RemoteEngine({ url, token });
    this.made.set(name, engine);
    return engine;
  }

  /** Changes to a way that is open to us: the panel's own, or a server that it is paired with. */
  async choose(way: EngineWay): Promise<void> {
    if (way === this.way.peek() && this.state.peek().kind !== 'failed') return;
    this.way.value = way;
    await this.open();
    await this.keep();
  }

  /**
   * Tries a server and changes to it. What is in use stays so until this one has answered.
   * @throws what the server or the way to it says
   */
  async pair(way: ServerWay, server: PairedServer): Promise<void> {
    const paired = { url: server.url.trim(), token: server.token.trim() };
    const turn = ++this.turn;
    const engine = await this.connect(paired);
    const state = await ready(engine);
    if (turn !== this.turn || this.isClosed) return;
    batch(() => {
      this.paired.value = { ...this.paired.peek(), [way]: paired };
      if (way === 'remote') this.remoteUrl.value = paired.url;
      this.way.value = way;
      this.state.value = state;
    });
    await this.keep();
  }

  /**
   * Pairs with a server of this computer: the first that takes the token.
   * @throws what the last of them said; server-unreachable where none answers
   */
  async pairHere(token: string): Promise<void> {
    await this.look();
    const found = this.search.peek().found ?? [];
    const urls = found.length > 0 ? found.map(({ url }) => url) : [usualUrl()];
    let failure: unknown;
    for (const url of urls) {
      try {
        await this.pair('server', { url, token });
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** The token goes, here and in the settings. */
  async forget(way: ServerWay): Promise<void> {
    const { [way]: _, ...others } = this.paired.peek();
    this.paired.value = others;
    if (this.way.peek() === way) {
      this.way.value = this.hasOwn ? 'own' : way;
      await this.open();
    }
    await this.keep();
  }

  /** Looks at the known ports of this computer. */
  async look(): Promise<void> {
    if (this.search.peek().isLooking) return;
    this.search.value = { ...this.search.peek(), isLooking: true };
    const { findServers } = await import('../engines/find-servers.ts');
    const found = await findServers().catch(() => []);
    this.search.value = { isLooking: false, found };
  }

  /** After a request failed: when the engine is out of reach, the panel says so and offers to try again. */
  noteFailure(engine: GenerationEngine, error: unknown): void {
    const state = this.state.peek();
    const failure = StablePoseError.from(error);
    const isGone =
      isOutOfReach(failure) || ['unauthorized', 'forbidden', 'engine-closed'].includes(failure.code);
    if (!isGone || state.kind !== 'ready' || state.engine !== engine) return;
    this.state.value = { kind: 'failed', error: failure };
  }

  /** Models may have come or gone. */
  async refresh(): Promise<void> {
    const state = this.state.peek();
    if (state.kind !== 'ready') return;
    const fresh = await ready(state.engine);
    if (this.state.peek() === state) this.state.value = fresh;
  }

  private async readChoice(): Promise<KeptChoice | undefined> {
    const { settings, onTrouble } = this.options;
    try {
      const bytes = await settings.read(choiceName);
      const choice = bytes && parseChoice(new TextDecoder().decode(bytes));
      const paired: Partial<Record<ServerWay, PairedServer>> = {};
      for (const way of ['server', 'remote'] as const) {
        const kept = await settings.read(tokenNames[way]);
        const token = kept ? new TextDecoder().decode(kept).trim() : '';
        const url = choice?.urls[way] ?? (way === 'server' ? usualUrl() : undefined);
        if (token && url) paired[way] = { url, token };
      }
      this.paired.value = paired;
      this.remoteUrl.value = choice?.urls.remote ?? '';
      return choice;
    } catch (error) {
      onTrouble(error);
      return undefined;
    }
  }

  private async keep(): Promise<void> {
    const { settings, onTrouble } = this.options;
    const paired = this.paired.peek();
    const remote = this.remoteUrl.peek();
    const urls = { ...(paired.server ? { server: paired.server.url } : {}), ...(remote ? { remote } : {}) };
    const encode = (text: string) => new TextEncoder().encode(text);
    try {
      await settings.write(choiceName, encode(JSON.stringify({ way: this.way.peek(), urls })));
      for (const way of ['server', 'remote'] as const) {
        const token = paired[way]?.token;
        if (token) await settings.write(tokenNames[way], encode(token));
        else await settings.delete(tokenNames[way]);
      }
    } catch (error) {
      onTrouble(error);
    }
  }

  /** The panel's own engine stays with its maker. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.made.values()].map((engine) => engine.dispose()));
  }
}

async function ready(engine: GenerationEngine): Promise<EngineState> {
  const [description, models] = await Promise.all([engine.describe(), engine.models()]);
  return { kind: 'ready', engine, description, models };
}

/** The first of the known ports; a frame without an origin knows this computer by name. */
const usualUrl = () =>
  globalThis.location?.origin === 'null' ? 'http://localhost:17325' : 'http://127.0.0.1:17325';
const isUsual = (url: string) => /^http:\/\/(127\.0\.0\.1|localhost):1732[567]$/.test(url);

function parseChoice(text: string): KeptChoice | undefined {
  try {
    const { way, urls } = JSON.parse(text) as Partial<KeptChoice>;
    if (!engineWays.some((known) => known === way)) return undefined;
    const isUrl = (url: unknown): url is string => typeof url === 'string';
    return {
      way: way as EngineWay,
      urls: {
        ...(isUrl(urls?.server) ? { server: urls.server } : {}),
        ...(isUrl(urls?.remote) ? { remote: urls.remote } : {}),
      },
    };
  } catch {
    return undefined;
  }
}
