export { createLog, type LogOptions } from './create-log.ts';
export { dataFolderVariable, defaultDataFolder } from './default-data-folder.ts';
export { defaultLimits, type ServerLimits } from './server-limits.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
export {
  createQueueEngine,
  type QueueEngineOptions,
  type QueueGenerateOptions,
} from './workers/queue-engine.ts';
export { type RunningWorker, startWorker, type WorkerOptions } from './workers/start-worker.ts';
