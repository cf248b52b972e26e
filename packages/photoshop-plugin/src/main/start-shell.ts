import { StablePoseError } from '@stable-pose/core';
import { type CommandOptions, type PanelCommand, panelCommands } from '../bridge/panel-commands.ts';
import type { MessagePipe } from '../bridge/piecewise.ts';
import { type ServedPage, serveHost } from '../bridge/serve-host.ts';
import { PhotoshopHost } from '../host/photoshop-host.ts';
import { type PlaceSettings, readPlaceSettings, writePlaceSettings } from '../host/place-settings.ts';
import type { ModalContext, Photoshop } from '../photoshop/photoshop.ts';
import type { MenuItem, Uxp, UxpPanels, UxpThemes } from '../photoshop/uxp.ts';
import { testHost } from '../test-host/test-host.ts';
import type { TestPhotoshop } from '../test-host/test-photoshop.ts';
import { shellText } from '../text/shell-text.ts';

/** A panel's element. */
export interface PanelNode {
  appendChild(child: unknown): unknown;
}

/** UXP's `<webview>`. */
export interface Webview {
  style: { width: string; height: string };
  setAttribute(name: string, value: string): void;
  postMessage(message: unknown): void;
  remove(): void;
}

export interface ShellWindow {
  addEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
  removeEventListener(event: 'message', listener: (message: { readonly data: unknown }) => void): void;
}

export interface ShellDocument {
  createElement(name: 'webview'): Webview;
  readonly theme: UxpThemes;
}

/** What the script gives to the top level, where Photoshop looks for an Action's step. */
export interface Shell {
  /** A step of an Action, inside that Action's modal scope: awaits the work, with its progress and its cancel. */
  playStep(context: ModalContext, info: Readonly<Record<string, unknown>> | undefined): Promise<void>;
}

/** Under this name the script's top level has {@link Shell.playStep}. */
export const stepMethod = 'stablePoseStep';
const panelId = 'studio';
const choices = ['smartObject', 'groupVariants'] as const;
type Choice = (typeof choices)[number];

/**
 * The shell: a webview that fills the panel, Photoshop behind its bridge, the menus. What takes long is begun and not waited
 * for: UXP gives an entry point 300 ms.
 */
export function startShell(
  photoshop: Photoshop,
  uxp: Uxp,
  { window, document }: { readonly window: ShellWindow; readonly document: ShellDocument },
): Shell {
  const text = shellText(uxp.host.uiLocale);
  const host: PhotoshopHost = new PhotoshopHost({
    photoshop,
    storage: uxp.storage,
    shell: uxp.shell,
    themes: document.theme,
    version: uxp.host.version,
    // The studio shows its own notices; what the host says goes to the developer console.
    notify: (words) => console.log(words),
    test: () => testHost(photoshop as TestPhotoshop, host, uxp.host.version),
  });
  let page: ServedPage | undefined;
  let webview: Webview | undefined;
  const close = () => {
    page?.stop();
    page = undefined;
    webview?.remove();
    webview = undefined;
  };
  const run = async (command: PanelCommand, options?: CommandOptions) => {
    if (!page) throw new StablePoseError('host-failed', text.openPanel);
    await page.run(command, options);
  };
  /** From a menu: an Action that is being recorded gets a step, and who called hears of a failure. */
  const choose = async (command: PanelCommand) => {
    try {
      await run(command);
      if (command !== 'selfTest') {
        await photoshop.action.recordAction(
          { name: `Stable-Pose: ${text.commands[command]}`, methodName: stepMethod },
          { command },
        );
      }
    } catch (error) {
      const { code, message } = StablePoseError.from(error);
      if (code === 'cancelled') return;
      await photoshop.core.showAlert({ message });
    }
  };
  const settings = () => readPlaceSettings(host.storage.settings);
  const showChoices = async () => {
    const now = await settings();
    const items = uxp.entrypoints.getPanel(panelId).menuItems;
    for (const choice of choices) {
      const item = items.getItem(choice);
      if (item) item.checked = isChosen(now, choice);
    }
  };
  const toggle = async (choice: Choice) => {
    const now = await settings();
    await writePlaceSettings(
      host.storage.settings,
      choice === 'smartObject'
        ? { ...now, asSmartObject: !now.asSmartObject }
        : { ...now, groupsVariants: !now.groupsVariants },
    );
    await showChoices();
  };
  const panels: UxpPanels = {
    [panelId]: {
      create: (root) => {
        close();
        webview = document.createElement('webview');
        page = openStudio(host, root as PanelNode, webview, window);
        void showChoices().catch(() => undefined);
      },
      destroy: () => {
        host.announceClosing();
        close();
      },
      menuItems: menuOf(text.commands, { smartObject: text.smartObject, groupVariants: text.groupVariants }),
      invokeMenu: (id) => {
        if ((choices as readonly string[]).includes(id)) void toggle(id as Choice);
        else if ((panelCommands as readonly string[]).includes(id)) void choose(id as PanelCommand);
      },
    },
  };
  uxp.entrypoints.setup({
    plugin: {
      create: () => undefined,
      destroy: () => {
        host.announceClosing();
        close();
      },
    },
    panels,
    commands: Object.fromEntries(panelCommands.map((command) => [command, () => void choose(command)])),
  });
  return {
    playStep: async (context, info) => {
      const command = panelCommands.find((one) => one === info?.command);
      if (!command) throw new Error('This step is of another version of Stable-Pose.');
      const abort = new AbortController();
      context.onCancel = () => abort.abort();
      await run(command, {
        signal: abort.signal,
        onProgress: (share, words) => context.reportProgress({ value: share, commandName: words }),
      });
    },
  };
}

function isChosen({ asSmartObject, groupsVariants }: PlaceSettings, choice: Choice): boolean {
  return choice === 'smartObject' ? asSmartObject : groupsVariants;
}

function menuOf(
  commands: Readonly<Record<PanelCommand, string>>,
  labels: Readonly<Record<Choice, string>>,
): readonly MenuItem[] {
  const line = (id: string): MenuItem => ({ id, label: '-' });
  const work = panelCommands.filter((command) => command !== 'selfTest');
  return [
    ...work.map((id): MenuItem => ({ id, label: commands[id] })),
    line('line-1'),
    ...choices.map((id): MenuItem => ({ id, label: labels[id], checked: id === 'groupVariants' })),
    line('line-2'),
    { id: 'selfTest', label: commands.selfTest },
  ];
}

function openStudio(host: PhotoshopHost, root: PanelNode, webview: Webview, window: ShellWindow): ServedPage {
  webview.style.width = '100%';
  webview.style.height = '100vh';
  webview.setAttribute('src', 'plugin:/studio/index.html');
  const pipe: MessagePipe = {
    send: (message) => webview.postMessage(message),
    receive: (listener) => {
      const own = ({ data }: { readonly data: unknown }) => listener(data);
      window.addEventListener('message', own);
      return () => window.removeEventListener('message', own);
    },
  };
  const page = serveHost(host, pipe);
  root.appendChild(webview);
  return page;
}
