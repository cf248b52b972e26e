import type { RollupOptions } from 'rollup';

export interface FigmaPluginBuild {
  /** An https address with a slash at its end, where models are fetched; left out: they are inside the page. */
  readonly models?: string;
}

/** Writes the plug-in. @param out where to; `dist` when absent */
export function buildFigmaPlugin(out?: string, options?: FigmaPluginBuild): Promise<void>;
export const figmaPlugin: RollupOptions;
