import type { RollupOptions } from 'rollup';

/** Writes the plug-in. @param out where to; `dist` when absent */
export function buildFigmaPlugin(out?: string): Promise<void>;
export const figmaPlugin: RollupOptions;
