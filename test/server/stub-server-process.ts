import { StubEngine } from '@stable-pose/sdk/testing';
import { startServer } from '@stable-pose/server';

// A server of its own process, to be killed: DATA PORT STEP_MS. Says on one line where it is, and with which token.
const [dataFolder, port, stepMs] = process.argv.slice(2);
const engine = new StubEngine({ stepMs: Number(stepMs) });
// The stub remembers every request it was asked for; nobody asks here, and the server's memory is looked at.
setInterval(() => engine.requests.splice(0), 1000).unref();
const server = await startServer({
  engine,
  dataFolder,
  version: '0.0.0',
  ports: [Number(port)],
  limits: { waiting: 1000, waitingPerClient: 1000 },
});
process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port, token: server.token })}\n`);
