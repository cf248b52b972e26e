import type { Photoshop } from '../photoshop/photoshop.ts';
import type { Uxp } from '../photoshop/uxp.ts';
import { type ShellDocument, type ShellWindow, startShell } from './start-shell.ts';

// The entry of the UXP half: the only file that knows the modules' names. What it leaves on the global object is called by
// the function at the script's top level that the build adds, because that is where Photoshop looks for an Action's step.
Object.assign(globalThis, {
  stablePoseShell: startShell(require('photoshop') as Photoshop, require('uxp') as Uxp, {
    window: globalThis.window as unknown as ShellWindow,
    document: globalThis.document as unknown as ShellDocument,
  }),
});
