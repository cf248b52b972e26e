import { createQueueEngine, startServer } from '@stable-pose/server';

// A server before workers, to be killed: DATA PORT REDIS. Says on one line where it is, and with which token.
const [dataFolder, port, redis] = process.argv.slice(2);
const { token, port: bound } = await startServer({
  // Longer than in life, so that a machine that is busy with other work is not taken for a fault.
  engine: createQueueEngine({ redis, patienceMs: 300_000 }),
  dataFolder,
  version: '0.0.0',
  ports: [Number(port)],
  concurrency: 64,
  // All jobs of a round wait at once.
  limits: { waiting: 10_000, waitingPerClient: 10_000 },
});
process.stdout.write(`${JSON.stringify({ port: bound, token })}\n`);
