import type { Raster, Rectangle } from '@stable-pose/core';
import type { HostAdapter, HostTarget } from '@stable-pose/sdk';

/** What menus and Actions ask of the page in the webview, where the engine is. */
export const panelCommands = ['generate', 'repose', 'poseFromLayer', 'refineSelection', 'selfTest'] as const;
export type PanelCommand = (typeof panelCommands)[number];

export interface CommandOptions {
  readonly signal?: AbortSignal;
  /** @param share 0 to 1 */
  readonly onProgress?: (share: number, words: string) => void;
}

/** Runs a command to its end. */
export type RunCommand = (command: PanelCommand, options: CommandOptions) => Promise<void>;

/** What the panel's page asks of Photoshop beyond what every host has. */
export interface PanelHost extends HostAdapter {
  /** Makes a mask the selection: one undo step. @param mask one channel, of the area's size */
  writeSelection(target: HostTarget, area: Rectangle, mask: Raster): Promise<void>;
  /** What the native half found out about Photoshop, for the self-test's report. Plain JSON. */
  testHost(): Promise<unknown>;
}
