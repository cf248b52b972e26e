import { StubEngine } from '@stable-pose/sdk/testing';
import { startWorker } from '@stable-pose/server';

// A worker with a stub engine, to be killed: REDIS STEP_MS LOCK_MS. Says its name on one line.
const [redis, stepMs, lockMs] = process.argv.slice(2);
const engine = new StubEngine({ stepMs: Number(stepMs) });
const worker = await startWorker({ engine, redis, lockMs: Number(lockMs) });
process.stdout.write(`${JSON.stringify({ id: worker.id })}\n`);
