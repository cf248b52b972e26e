import { serveCore, type WorkerScope } from './serve-core.ts';

// The file that a worker runs; a page never imports it.
serveCore(globalThis as unknown as WorkerScope);
