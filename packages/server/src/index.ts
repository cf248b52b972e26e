export { defaultLimits, type ServerLimits } from './server-limits.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
