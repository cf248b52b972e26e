export type { Graph, GraphRuntime, RunOptions } from './graph-runtime.ts';
