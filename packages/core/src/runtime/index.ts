export type { Graph, GraphRuntime, LoadCost, LoadOptions, RunOptions } from './graph-runtime.ts';
