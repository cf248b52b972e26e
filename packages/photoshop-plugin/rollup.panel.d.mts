import type { RollupOptions } from 'rollup';

export interface PanelBuild {
  /** False leaves out runtime and models, for tests that need none. */
  readonly withEngine?: boolean;
}

/** Writes the panel and its `.ccx`. @param out where to; `dist` when absent */
export function buildPanel(out?: string, options?: PanelBuild): Promise<void>;
export const photoshopPanel: RollupOptions;
