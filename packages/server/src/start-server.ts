import { setMaxListeners } from 'node:events';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { GenerationEngine } from '@stable-pose/sdk';
import { protocolVersions, serverPorts } from '@stable-pose/sdk/remote';
import { type Logger, pino } from 'pino';
import { createApp } from './app.ts';
import { lockData } from './data-lock.ts';
import { Jobs } from './jobs/jobs.ts';
import { listen } from './listen.ts';
import { createMetrics } from './metrics.ts';
import { defaultLimits, type ServerLimits } from './server-limits.ts';
import { readToken } from './token-file.ts';

export interface ServerOptions {
  /** Stays the caller's: the server does not dispose of it. */
  readonly engine: GenerationEngine;
  /** Jobs, results and the token lie here. One server at a time. */
  readonly dataFolder: string;
  /** The server's own version, for people. */
  readonly version: string;
  /** Tried in order; {@link serverPorts} unless told. */
  readonly ports?: readonly number[];
  /** Listens on every network address, and answers to this machine's addresses and name. False unless told. */
  readonly lan?: boolean;
  /** More names under which it may be called. */
  readonly hostNames?: readonly string[];
  /** Origins of pages that may call: `https://www.example.com`, or `null` for a plug-in's frame. None unless told. */
  readonly allowedOrigins?: readonly string[];
  readonly limits?: Partial<ServerLimits>;
  /** Jobs that the engine is given at a time: more than 1 only where it has more than one device. 1 unless told. */
  readonly concurrency?: number;
  /** Forget the token and make a new one. */
  readonly newToken?: boolean;
  /** None unless told. No prompt, picture or token is ever in it, unless `logPrompts`. */
  readonly log?: Logger;
  readonly logPrompts?: boolean;
  /** Versions of the protocol, for tests. */
  readonly protocols?: readonly number[];
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** The token was made just now: show it, it is not shown again. */
  readonly isTokenNew: boolean;
  /** Every address under which it can be reached. */
  readonly addresses: readonly string[];
  /** Takes nothing new, gives the running job `graceMs` (default 10 s), keeps what waits for the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the engine's server.
 * @throws not-supported when another server has the folder, device-unavailable without a free port, write-failed
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, dataFolder, version, lan = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const log = options.log ?? pino({ level: 'silent' });
  const metrics = createMetrics();
  const unlock = await lockData(dataFolder);
  try {
    const { token, isNew } = await readToken(join(dataFolder, 'token'), { renew: options.newToken });
    const jobs = new Jobs({
      engine,
      dataFolder,
      concurrency: options.concurrency ?? 1,
      limits,
      log,
      metrics,
      logPrompts: options.logPrompts ?? false,
    });
    const stopping = new AbortController();
    // Every open stream listens.
    setMaxListeners(0, stopping.signal);
    const addresses = lan ? lanAddresses() : [];
    const hosts = [
      '127.0.0.1',
      'localhost',
      '[::1]',
      ...addresses,
      ...(lan ? lanNames() : []),
      ...(options.hostNames ?? []),
    ];
    const app = createApp({
      engine,
      jobs,
      limits,
      version,
      protocols: options.protocols ?? protocolVersions,
      stopping: stopping.signal,
      guard: {
        token,
        hosts: new Set(hosts.map((name) => name.toLowerCase())),
        origins: new Set(
          (options.allowedOrigins ?? []).map((origin) => origin.toLowerCase().replace(/\/$/, '')),
        ),
      },
      log,
      metrics,
    });
    // Before anyone can come: what the last process left must not be mixed with what is new.
    await jobs.recover();
    const { server, port } = await listen(app, {
      address: lan ? '0.0.0.0' : '127.0.0.1',
      ports: options.ports ?? serverPorts,
      limits,
    }).catch(async (error: unknown) => {
      await jobs.stop(0);
      await jobs.close();
      throw error;
    });
    log.info({ port, lan, version }, 'listening');
    let stopped: Promise<void> | undefined;
    const stop = async (graceMs: number) => {
      log.info('stopping');
      const worked = jobs.stop(graceMs);
      stopping.abort();
      const closed = new Promise<void>((done) => server.close(() => done()));
      await worked;
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(cut);
      await jobs.close();
      await unlock();
      log.info('stopped');
    };
    return {
      url: `http://127.0.0.1:${port}`,
      port,
      token,
      isTokenNew: isNew,
      addresses: ['127.0.0.1', ...addresses].map((address) => `http://${address}:${port}`),
      stop: (graceMs = 10_000) => {
        stopped ??= stop(graceMs);
        return stopped;
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** This machine's IPv4 addresses in its networks. */
function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? [address] : []));
}

function lanNames(): string[] {
  const name = hostname().toLowerCase();
  return [name, `${name}.local`];
}
