import type { PluginAPI } from '@figma/plugin-typings/plugin-api-standalone.d.ts';
import { startMain } from './start-main.ts';

declare const figma: PluginAPI;
declare const __html__: string;

// The entry of the main half: the only file that knows Figma's globals.
figma.showUI(__html__, { width: 460, height: 720, themeColors: true, title: 'Stable-Pose' });
startMain(figma);
