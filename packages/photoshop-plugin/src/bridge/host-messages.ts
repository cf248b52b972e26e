import { StablePoseError } from '@stable-pose/core';
import { type HostEvent, hostEvents } from '@stable-pose/sdk';

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
  | { readonly kind: 'cancel'; readonly id: number };

/** From the shell. */
export type ToPage =
  | { readonly kind: 'result'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'event'; readonly event: HostEvent };

/** @throws invalid-input */
export function checkToShell(message: unknown): ToShell {
  const { kind, id, call, given } = (message ?? {}) as Record<string, unknown>;
  if (Number.isInteger(id)) {
    if (kind === 'cancel') return { kind, id: id as number };
    if (kind === 'call' && (hostCalls as readonly unknown[]).includes(call) && Array.isArray(given)) {
      return { kind, id: id as number, call: call as HostCall, given };
    }
  }
  throw new StablePoseError('invalid-input', 'The page sent a message that the shell does not know.');
}

/** @throws invalid-input */
export function checkToPage(message: unknown): ToPage {
  const { kind, id, value, error, event } = (message ?? {}) as Record<string, unknown>;
  if (kind === 'event' && (hostEvents as readonly unknown[]).includes(event)) {
    return { kind, event: event as HostEvent };
  }
  if (kind === 'result' && Number.isInteger(id)) return { kind, id: id as number, value };
  if (kind === 'error' && Number.isInteger(id)) return { kind, id: id as number, error };
  throw new StablePoseError('invalid-input', 'The shell sent a message that the page does not know.');
}
