import type { Photoshop } from '../photoshop/photoshop.ts';
import { type ShellDocument, type ShellWindow, startShell, type Uxp } from './start-shell.ts';

// The entry of the UXP half: the only file that knows the modules' names.
startShell(require('photoshop') as Photoshop, require('uxp') as Uxp, {
  window: globalThis.window as unknown as ShellWindow,
  document: globalThis.document as unknown as ShellDocument,
});
