import { createNodeEngine } from '@stable-pose/sdk/node';
import { StubEngine } from '@stable-pose/sdk/testing';
import { startWorker } from '@stable-pose/server';

// A worker of its own process, to be killed: REDIS ENGINE STEP_MS. Says its name on one line.
const [redis, kind, stepMs] = process.argv.slice(2);
const engine =
  kind === 'stub'
    ? new StubEngine({ stepMs: Number(stepMs) })
    : createNodeEngine({ device: 'cpu', threads: 1 });
const worker = await startWorker({ engine, redis, lockMs: 2000 });
process.stdout.write(`${worker.id}\n`);
