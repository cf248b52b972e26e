import type {
  UxpFile,
  UxpFolder,
  UxpShell,
  UxpStorage,
  UxpTheme,
  UxpThemes,
} from '../../../packages/photoshop-plugin/src/photoshop/uxp.ts';
import { refused } from './refusals.ts';

/** UXP's modules: a data folder on a disk that takes `A` and `a` for one name, a theme, links, files that people pick. */
export class UxpSimulator {
  readonly storage: UxpStorage;
  readonly shell: UxpShell;
  readonly themes: UxpThemes;
  readonly openedLinks: string[] = [];
  readonly filesToPick: (UxpFile | null)[] = [];
  /** What the person picks to save to; absent: the next of `filesToPick`. */
  saving: ((name: string) => UxpFile) | undefined;
  private readonly themeListeners = new Set<(theme: UxpTheme) => void>();
  private theme: UxpTheme = 'dark';

  constructor() {
    const data = folder('data');
    this.storage = {
      formats: { binary: Symbol('binary') },
      localFileSystem: {
        getDataFolder: async () => data,
        getFileForSaving: async (name) => this.saving?.(name) ?? this.filesToPick.shift() ?? null,
        getFileForOpening: async () => this.filesToPick.shift() ?? null,
      },
    };
    this.shell = {
      openExternal: async (url) => {
        this.openedLinks.push(url);
        return undefined;
      },
    };
    this.themes = {
      getCurrent: () => this.theme,
      onUpdated: {
        addListener: (listener) => void this.themeListeners.add(listener),
        removeListener: (listener) => void this.themeListeners.delete(listener),
      },
    };
  }

  setTheme(theme: UxpTheme): void {
    this.theme = theme;
    for (const listener of [...this.themeListeners]) listener(theme);
  }
}

type Entries = Map<string, UxpFile | UxpFolder>;
const contents = new WeakMap<UxpFolder, Entries>();

function folder(name: string): UxpFolder {
  const entries: Entries = new Map();
  const made: UxpFolder = {
    isFolder: true,
    name,
    getEntries: async () => [...entries.values()],
    createFolder: async (child) => {
      if (entries.has(child.toLowerCase())) throw refused('folder', `${child} is there already.`);
      const inner = folder(child);
      entries.set(child.toLowerCase(), inner);
      return inner;
    },
    createFile: async (child, { overwrite }) => {
      if (entries.has(child.toLowerCase()) && !overwrite) {
        throw refused('folder', `${child} is there already.`);
      }
      const inner = file(child, entries);
      entries.set(child.toLowerCase(), inner);
      return inner;
    },
  };
  contents.set(made, entries);
  return made;
}

function file(name: string, home: Entries, bytes = new ArrayBuffer(0)): UxpFile {
  let content = bytes;
  return {
    isFolder: false,
    name,
    read: async () => content.slice(0),
    write: async (data) => {
      content = data.slice(0);
      return data.byteLength;
    },
    moveTo: async (target, { newName, overwrite }) => {
      const entries = contents.get(target) as Entries;
      if (entries.has(newName.toLowerCase()) && !overwrite) {
        throw refused('file', `${newName} is there already.`);
      }
      home.delete(name.toLowerCase());
      entries.set(newName.toLowerCase(), file(newName, entries, content));
    },
    delete: async () => home.delete(name.toLowerCase()),
  };
}
