import { createQueueEngine, startServer } from '@stable-pose/server';

// A server before workers, to be killed: DATA PORT REDIS. Says on one line where it is, and with which token.
const [dataFolder, port, redis] = process.argv.slice(2);
const { token, port: bound } = await startServer({
  engine: createQueueEngine({ redis }),
  dataFolder,
  version: '0.0.0',
  ports: [Number(port)],
  concurrency: 64,
  // All jobs of a round wait at once.
  limits: { waiting: 10_000, waitingPerClient: 10_000 },
});
process.stdout.write(`${JSON.stringify({ port: bound, token })}\n`);
