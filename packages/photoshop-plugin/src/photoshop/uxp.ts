/** What we use of `require('uxp')` and of UXP's `document`. Source: AdobeDocs/uxp-photoshop, uxp-api. */
export interface UxpFolder {
  readonly isFolder: true;
  readonly name: string;
  getEntries(): Promise<readonly (UxpFile | UxpFolder)[]>;
  createFolder(name: string): Promise<UxpFolder>;
  createFile(name: string, options: { readonly overwrite: boolean }): Promise<UxpFile>;
}

export interface UxpFile {
  readonly isFolder: false;
  readonly name: string;
  read(options: { readonly format: unknown }): Promise<ArrayBuffer | string>;
  write(data: ArrayBuffer, options: { readonly format: unknown }): Promise<number>;
  moveTo(
    folder: UxpFolder,
    options: { readonly newName: string; readonly overwrite: boolean },
  ): Promise<unknown>;
  delete(): Promise<unknown>;
}

export interface UxpStorage {
  readonly localFileSystem: {
    /** `plugin-data:/` */
    getDataFolder(): Promise<UxpFolder>;
    /** Asks the person; null when they change their mind. */
    getFileForSaving(name: string, options?: object): Promise<UxpFile | null>;
    getFileForOpening(options: { readonly types: readonly string[] }): Promise<UxpFile | null>;
  };
  readonly formats: { readonly binary: unknown };
}

export interface UxpShell {
  /** Rejects, or resolves to a message, when the person does not allow it. */
  openExternal(url: string, developerText?: string): Promise<string | undefined>;
}

export type UxpTheme = 'lightest' | 'light' | 'dark' | 'darkest';

/** `document.theme`. */
export interface UxpThemes {
  getCurrent(): UxpTheme;
  readonly onUpdated: {
    addListener(listener: (theme: UxpTheme) => void): void;
    removeListener(listener: (theme: UxpTheme) => void): void;
  };
}

/** An item of a panel's flyout menu; a label of `-` is a line. */
export interface MenuItem {
  readonly id: string;
  readonly label: string;
  checked?: boolean;
}

/** By the ids of the manifest. Every call has 300 ms. */
export type UxpPanels = Readonly<
  Record<
    string,
    {
      create(root: unknown): void;
      destroy(): void;
      readonly menuItems: readonly MenuItem[];
      invokeMenu(id: string): void;
    }
  >
>;

/** What the shell takes from `require('uxp')`. */
export interface Uxp {
  readonly storage: UxpStorage;
  readonly shell: UxpShell;
  /** Of Photoshop; the locale such as `de_DE`. */
  readonly host: { readonly version: string; readonly uiLocale?: string };
  readonly entrypoints: {
    /** Once only. */
    setup(entries: {
      readonly plugin: { create(): void; destroy(): void };
      readonly panels: UxpPanels;
      readonly commands: Readonly<Record<string, () => void>>;
    }): void;
    getPanel(id: string): {
      readonly menuItems: { getItem(id: string): { checked?: boolean } | undefined };
    };
  };
}
