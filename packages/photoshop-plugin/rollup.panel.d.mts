import type { RollupOptions } from 'rollup';

/** Writes the panel and its `.ccx`. @param out where to; `dist` when absent */
export function buildPanel(out?: string): Promise<void>;
export const photoshopPanel: RollupOptions;
