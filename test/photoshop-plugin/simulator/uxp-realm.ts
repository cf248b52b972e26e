import type { MenuItem } from '../../../packages/photoshop-plugin/src/photoshop/uxp.ts';
import type { PhotoshopSimulator, StepFunction } from './photoshop-simulator.ts';
import { notSimulated, onlySimulated, refused } from './refusals.ts';
import type { UxpSimulator } from './uxp-simulator.ts';

/** A manifest of version 5, as far as the simulator enforces it (guides/uxp-guide/uxp-misc/manifest-v5). */
export interface UxpManifest {
  readonly manifestVersion: number;
  readonly name: string;
  readonly main: string;
  readonly entrypoints: readonly {
    readonly type: 'panel' | 'command';
    readonly id: string;
    readonly label: { readonly default: string };
  }[];
  readonly requiredPermissions?: {
    readonly localFileSystem?: 'plugin' | 'request' | 'fullAccess';
    readonly launchProcess?: { readonly schemes?: readonly string[] };
    readonly webview?: {
      readonly allow?: 'yes' | 'no';
      readonly domains?: readonly string[];
      readonly allowLocalRendering?: 'yes' | 'no';
      readonly enableMessageBridge?: 'localAndRemote' | 'localOnly' | 'no';
    };
  };
}

/** A page in a webview: an iframe in a browser, or a test that plays one. Messages are JSON text. */
export interface WebviewPage {
  receive(json: string): void;
  close(): void;
}

export interface UxpRealmOptions {
  readonly manifest: UxpManifest;
  readonly simulator: PhotoshopSimulator;
  readonly uxp: UxpSimulator;
  /** Opens what a webview's `src` names. @param send what the page posts to its host, as JSON text */
  readonly openPage: (src: string, send: (json: string) => void) => WebviewPage;
  readonly version?: string;
  readonly locale?: string;
  /** Globals that the UXP which is stood for does not have. */
  readonly absent?: readonly string[];
}

interface Entries {
  readonly plugin: { create?(): void; destroy?(): void };
  readonly panels: Readonly<
    Record<
      string,
      {
        create(root: unknown): void;
        destroy?(): void;
        readonly menuItems?: readonly MenuItem[];
        invokeMenu?(id: string): void;
      }
    >
  >;
  readonly commands?: Readonly<Record<string, () => void>>;
}

/** An entry point must be done by then (manifest-v5: "lifecycle"). */
const lifecycleMs = 300;
/** What JavaScript itself has in UXP's engine, and what UXP documents besides. */
const builtIns = [
  'AbortController',
  'Array',
  'ArrayBuffer',
  'BigInt',
  'Boolean',
  'DataView',
  'Date',
  'Error',
  'Float32Array',
  'Float64Array',
  'Infinity',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'JSON',
  'Map',
  'Math',
  'NaN',
  'Number',
  'Object',
  'Promise',
  'Proxy',
  'RangeError',
  'Reflect',
  'RegExp',
  'Set',
  'String',
  'Symbol',
  'SyntaxError',
  'TypeError',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'WeakMap',
  'WeakRef',
  'WeakSet',
  'atob',
  'btoa',
  'clearInterval',
  'clearTimeout',
  'decodeURIComponent',
  'encodeURIComponent',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'setInterval',
  'setTimeout',
  'undefined',
  'escape',
  'unescape',
  'eval',
  'Function',
] as const;

/**
 * UXP around a script: the modules, one window, a webview, entry points that are checked against the manifest, and of globals
 * only those that UXP documents. Whatever else a script reaches for throws "not simulated".
 */
export class UxpRealm {
  /** Rules that the plug-in broke without an error of its own. */
  readonly failures: string[] = [];
  readonly logged: string[] = [];
  /** Letters of the longest message over the bridge, either way. */
  longestMessage = 0;
  messages = 0;
  private readonly options: UxpRealmOptions;
  private readonly listeners = new Set<(event: { readonly data: unknown }) => void>();
  private readonly pages = new Set<WebviewPage>();
  private readonly scope: Record<string, unknown>;
  private readonly modules: Readonly<Record<string, unknown>>;
  private entries: Entries | undefined;
  private items = new Map<string, MenuItem[]>();
  private isPanelOpen = false;

  constructor(options: UxpRealmOptions) {
    this.options = options;
    const { simulator, uxp } = options;
    this.modules = {
      photoshop: simulator.photoshop,
      uxp: onlySimulated('uxp', {
        storage: onlySimulated('uxp.storage', this.guardedStorage()),
        shell: onlySimulated('uxp.shell', { openExternal: (url: string) => this.openExternal(url) }),
        host: onlySimulated('uxp.host', {
          name: 'Photoshop',
          version: options.version ?? '27.4.0',
          uiLocale: options.locale ?? 'en_US',
        }),
        entrypoints: onlySimulated('uxp.entrypoints', {
          setup: (entries: Entries) => this.setup(entries),
          getPanel: (id: string) => ({
            menuItems: { getItem: (item: string) => this.items.get(id)?.find((one) => one.id === item) },
          }),
        }),
      }),
    };
    const scope: Record<string, unknown> = {
      console: onlySimulated('console', {
        log: (...words: unknown[]) => void this.logged.push(words.map(String).join(' ')),
      }),
      require: (name: string) => this.require(name),
      window: onlySimulated('window', {
        addEventListener: (event: string, listener: (event: { readonly data: unknown }) => void) => {
          if (event !== 'message') throw notSimulated(`window's event "${event}"`);
          this.listeners.add(listener);
        },
        removeEventListener: (_: string, listener: (event: { readonly data: unknown }) => void) =>
          void this.listeners.delete(listener),
      }),
      document: onlySimulated('document', {
        createElement: (name: string) => this.createElement(name),
        theme: uxp.themes,
      }),
    };
    const globals = globalThis as unknown as Record<string, unknown>;
    for (const name of builtIns) scope[name] = globals[name];
    for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'atob', 'btoa']) {
      scope[name] = (globals[name] as (...given: unknown[]) => unknown).bind(globalThis);
    }
    for (const name of options.absent ?? []) delete scope[name];
    this.scope = scope;
  }

  /** @throws for a module that is not simulated */
  require(name: string): unknown {
    if (name in this.modules) return this.modules[name];
    throw notSimulated(`require("${name}")`);
  }

  /** Runs the script of the plug-in's main page. */
  run(code: string): void {
    const scope: object = new Proxy(this.scope, {
      has: () => true,
      get: (own, name) => {
        if (name === Symbol.unscopables) return undefined;
        if (name === 'globalThis') return scope;
        if (name in own) return own[name as string];
        throw new ReferenceError(`not simulated: ${String(name)}`);
      },
    });
    // Function declarations at a script's top level are global: found by name after it ran.
    const names = [...code.matchAll(/(?:^|\n)function (\w+)\(/g)].map(([, name]) => name);
    const collect = names.map((name) => `globalThis.${name} = ${name};`).join('');
    // `with` puts the scope before the globals of whatever runs the simulator.
    (new Function('scope', `with (scope) { ${code}\n${collect} }`) as (scope: object) => void)(scope);
  }

  /** As the menu Plugins opens it. */
  openPanel(id: string): void {
    const panel = this.entries?.panels[id];
    if (!panel) throw refused('entrypoints', `The plug-in has no panel "${id}".`);
    this.isPanelOpen = true;
    this.timed(`create of the panel ${id}`, () =>
      panel.create({ appendChild: (child: unknown) => this.append(child) }),
    );
  }

  closePanel(id: string): void {
    if (!this.isPanelOpen) return;
    this.isPanelOpen = false;
    this.timed(`destroy of the panel ${id}`, () => this.entries?.panels[id]?.destroy?.());
  }

  menuOf(id: string): readonly MenuItem[] {
    return this.items.get(id) ?? [];
  }

  chooseMenu(id: string, item: string): void {
    this.timed(`menu item ${item}`, () => this.entries?.panels[id]?.invokeMenu?.(item));
  }

  runCommand(id: string): void {
    const command = this.entries?.commands?.[id];
    if (!command) throw refused('entrypoints', `The plug-in has no command "${id}".`);
    this.timed(`command ${id}`, command);
  }

  /** What an Action's step calls. @throws when the script has no function of that name at its top level */
  stepFunction(name: string): StepFunction {
    const found = this.scope[name];
    if (typeof found !== 'function')
      throw refused('actions', `The script has no function "${name}" at its top level.`);
    return found as StepFunction;
  }

  unload(): void {
    this.timed('destroy of the plug-in', () => this.entries?.plugin.destroy?.());
    for (const page of this.pages) page.close();
    this.pages.clear();
    this.listeners.clear();
  }

  private setup(entries: Entries): void {
    if (this.entries) throw refused('entrypoints', 'entrypoints.setup was called twice.');
    const { entrypoints } = this.options.manifest;
    const declared = (type: string) => entrypoints.filter((one) => one.type === type).map(({ id }) => id);
    const given = { panel: Object.keys(entries.panels), command: Object.keys(entries.commands ?? {}) };
    for (const type of ['panel', 'command'] as const) {
      const [here, there] = [[...given[type]].sort().join(), declared(type).sort().join()];
      if (here !== there)
        throw refused('entrypoints', `The manifest has the ${type}s "${there}", the script "${here}".`);
    }
    if (!entries.plugin.create)
      throw refused('entrypoints', "If 'plugin' is an object, 'create' must be defined.");
    this.entries = entries;
    for (const [id, { menuItems = [] }] of Object.entries(entries.panels)) {
      this.items.set(
        id,
        menuItems.map((item) => ({ ...item })),
      );
    }
    this.timed('create of the plug-in', () => entries.plugin.create?.());
  }

  private timed(what: string, work: () => void): void {
    const begin = Date.now();
    work();
    const took = Date.now() - begin;
    if (took > lifecycleMs) this.failures.push(`${what} took ${took} ms, ${lifecycleMs} at most.`);
  }

  private createElement(name: string): unknown {
    if (name !== 'webview') throw notSimulated(`<${name}>`);
    const { webview } = this.options.manifest.requiredPermissions ?? {};
    if (webview?.allow !== 'yes') throw refused('webview', 'The manifest does not allow webviews.');
    let page: WebviewPage | undefined;
    let isGone = false;
    const early: string[] = [];
    const element: SimulatedWebview = {
      style: {},
      attributes: {},
      setAttribute: (attribute, value) => {
        if (attribute === 'src' && !value.startsWith('https:')) {
          if (!/^plugin(-data|-temp)?:\//.test(value))
            throw refused('webview', `A webview cannot show ${value}.`);
          if (webview.allowLocalRendering !== 'yes')
            throw refused('webview', 'The manifest does not allow local pages.');
        }
        element.attributes[attribute] = value;
      },
      postMessage: (message) => {
        if (webview.enableMessageBridge === 'no' || webview.enableMessageBridge === undefined) {
          throw refused('webview', 'The manifest has no message bridge.');
        }
        const json = this.asJson(message);
        setTimeout(() => {
          if (page) page.receive(json);
          else early.push(json);
        }, 0);
      },
      open: () => {
        if (isGone) return;
        page = this.options.openPage(element.attributes.src ?? '', (json) => {
          this.count(json);
          const data: unknown = JSON.parse(json);
          setTimeout(() => {
            for (const listener of [...this.listeners]) listener({ data });
          }, 0);
        });
        this.pages.add(page);
        for (const json of early.splice(0)) page.receive(json);
      },
      remove: () => {
        isGone = true;
        if (!page) return;
        this.pages.delete(page);
        page.close();
        page = undefined;
      },
    };
    return element;
  }

  /** The page is loaded by other processes, after whoever put the element there is done. */
  private append(child: unknown): void {
    setTimeout(() => (child as SimulatedWebview).open(), 0);
  }

  /** "Messages become JSON text; `transfer` does nothing": what JSON loses is lost. */
  private asJson(message: unknown): string {
    const json = JSON.stringify(message);
    this.count(json);
    return json;
  }

  private count(json: string): void {
    this.messages++;
    this.longestMessage = Math.max(this.longestMessage, json.length);
  }

  private async openExternal(url: string): Promise<string | undefined> {
    const { launchProcess } = this.options.manifest.requiredPermissions ?? {};
    const { protocol } = new URL(url);
    if (!launchProcess?.schemes?.includes(protocol.slice(0, -1))) {
      throw refused('manifest', `The manifest does not allow to launch ${protocol}`);
    }
    return this.options.uxp.shell.openExternal(url);
  }

  private guardedStorage() {
    const { storage } = this.options.uxp;
    const { localFileSystem: allowed } = this.options.manifest.requiredPermissions ?? {};
    const { localFileSystem } = storage;
    const asking =
      <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
      async (...given: Given): Promise<Result> => {
        if (allowed !== 'request' && allowed !== 'fullAccess') {
          throw refused('manifest', 'The manifest does not allow files of people.');
        }
        return call(...given);
      };
    return {
      ...storage,
      localFileSystem: onlySimulated('uxp.storage.localFileSystem', {
        ...localFileSystem,
        getFileForSaving: asking(localFileSystem.getFileForSaving),
        getFileForOpening: asking(localFileSystem.getFileForOpening),
      }),
    };
  }
}

interface SimulatedWebview {
  readonly style: Record<string, string>;
  readonly attributes: Record<string, string>;
  setAttribute(name: string, value: string): void;
  postMessage(message: unknown): void;
  /** Not UXP's: the page is loaded when the element is put into the panel. */
  open(): void;
  remove(): void;
}
