import type { PluginAPI } from '@figma/plugin-typings/plugin-api-standalone.d.ts';
import { startMain } from './start-main.ts';
import { suggestParameters } from './suggest-parameters.ts';

declare const figma: PluginAPI;
declare const __html__: string;
/** Put in by the build: names of the library's poses, and sides that they are seen from. */
declare const STABLE_POSE_NAMES: { readonly names: readonly string[]; readonly views: readonly string[] };

// The entry of the main half: the only file that knows Figma's globals.
figma.parameters.on('input', (event) => suggestParameters(event, STABLE_POSE_NAMES));
// "For plugins with parameters, this happens after all parameters have been entered": a window before that would be in the way.
figma.on('run', ({ command, parameters }) => {
  figma.showUI(__html__, { width: 460, height: 720, themeColors: true, title: 'Stable-Pose' });
  startMain(figma, { command, parameters });
});
