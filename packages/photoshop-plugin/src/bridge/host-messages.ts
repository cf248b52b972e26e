import { StablePoseError } from '@stable-pose/core';
import { type HostEvent, hostEvents } from '@stable-pose/sdk';
import { type PanelCommand, panelCommands } from './panel-commands.ts';

/** What the webview may ask of the shell, and nothing else. */
export const hostCalls = [
  'info',
  'readSelection',
  'readPixels',
  'readMask',
  'readPoses',
  'placePoses',
  'place',
  'theme',
  'notify',
  'saveFile',
  'pickFile',
  'openLink',
  'writeSelection',
  'testHost',
  'storeRead',
  'storeWrite',
  'storeDelete',
  'storeNames',
] as const;
export type HostCall = (typeof hostCalls)[number];

/** From the webview. `signal`s do not cross: `cancel` does, by the call's id. */
export type ToShell =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly call: HostCall;
      readonly given: readonly unknown[];
    }
  | { readonly kind: 'cancel'; readonly id: number }
  /** The page is there, and takes commands. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly id: number; readonly share: number; readonly words: string }
  | { readonly kind: 'done'; readonly id: number; readonly error?: unknown };

/** From the shell. */
export type ToPage =
  | { readonly kind: 'result'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'event'; readonly event: HostEvent }
  | { readonly kind: 'command'; readonly id: number; readonly command: PanelCommand }
  | { readonly kind: 'stop'; readonly id: number };

/** @throws invalid-input */
export function checkToShell(message: unknown): ToShell {
  const { kind, id, call, given, share, words, error } = (message ?? {}) as Record<string, unknown>;
  if (kind === 'ready') return { kind };
  if (Number.isInteger(id)) {
    if (kind === 'cancel') return { kind, id: id as number };
    if (kind === 'done') return { kind, id: id as number, error };
    if (kind === 'progress' && Number.isFinite(share) && typeof words === 'string') {
      return { kind, id: id as number, share: share as number, words };
    }
    if (kind === 'call' && (hostCalls as readonly unknown[]).includes(call) && Array.isArray(given)) {
      return { kind, id: id as number, call: call as HostCall, given };
    }
  }
  throw new StablePoseError('invalid-input', 'The page sent a message that the shell does not know.');
}

/** @throws invalid-input */
export function checkToPage(message: unknown): ToPage {
  const { kind, id, value, error, event, command } = (message ?? {}) as Record<string, unknown>;
  if (kind === 'event' && (hostEvents as readonly unknown[]).includes(event)) {
    return { kind, event: event as HostEvent };
  }
  if (Number.isInteger(id)) {
    if (kind === 'result') return { kind, id: id as number, value };
    if (kind === 'error') return { kind, id: id as number, error };
    if (kind === 'stop') return { kind, id: id as number };
    if (kind === 'command' && (panelCommands as readonly unknown[]).includes(command)) {
      return { kind, id: id as number, command: command as PanelCommand };
    }
  }
  throw new StablePoseError('invalid-input', 'The shell sent a message that the page does not know.');
}
