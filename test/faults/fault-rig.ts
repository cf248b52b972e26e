import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import { type BuiltPrograms, buildPrograms, type Running, startProgram } from '../support/program.ts';
import { freePort, type RealRedis, startRedis } from '../support/redis.ts';
import { NetworkLink } from './network-link.ts';
import { SmallDisk } from './small-disk.ts';

/** A step of the stub's; a job has two. */
const stepMs = 5;
/** A worker that says nothing for so long has its jobs taken over. Shorter than in life, so that rounds are. */
const lockMs = 5000;
const diskMegabytes = 64;

/**
 * Client, server, Redis with its log on the disk, and two workers, all but the client in processes of their own. Client and
 * server, server and Redis, workers and Redis are connected by links that can be cut; the server's folder and Redis' lie on
 * small disks where those can be had.
 */
export class FaultRig {
  readonly client: RemoteEngine;
  readonly links: {
    readonly client: NetworkLink;
    readonly server: NetworkLink;
    readonly workers: NetworkLink;
  };
  readonly disks: { readonly server?: SmallDisk; readonly redis?: SmallDisk };
  private readonly parts: RigParts;

  private constructor(parts: RigParts) {
    this.parts = parts;
    this.links = parts.links;
    this.disks = parts.disks;
    this.client = new RemoteEngine({
      url: `http://127.0.0.1:${parts.links.client.port}`,
      token: parts.server.said.token,
      patienceMs: 300_000,
    });
  }

  static async start(): Promise<FaultRig> {
    const programs = await buildPrograms(
      new URL('./server-process.ts', import.meta.url),
      new URL('./worker-process.ts', import.meta.url),
    );
    const [serverScript, workerScript] = programs.paths;
    const disks = { server: SmallDisk.mount(diskMegabytes), redis: SmallDisk.mount(diskMegabytes) };
    const folder = mkdtempSync(join(tmpdir(), 'stable-pose-faults-'));
    const serverPort = await freePort();
    const redis = await startRedis(disks.redis?.folder);
    const links = {
      client: await NetworkLink.open(serverPort),
      server: await NetworkLink.open(redis.port),
      workers: await NetworkLink.open(redis.port),
    };
    const start = {
      server: () =>
        startProgram<ServerSaid>(serverScript, [
          disks.server?.folder ?? folder,
          serverPort,
          addressOf(links.server),
        ]),
      worker: () => startProgram<unknown>(workerScript, [addressOf(links.workers), stepMs, lockMs]),
    };
    const workers = await Promise.all([start.worker(), start.worker()]);
    const server = await start.server();
    return new FaultRig({ programs, disks, folder, links, redis, server, workers, start });
  }

  async killServer(): Promise<void> {
    await this.parts.server.kill();
    this.parts.server = await this.parts.start.server();
  }

  async killWorker(): Promise<void> {
    await this.parts.workers.shift()?.kill();
    this.parts.workers.push(await this.parts.start.worker());
  }

  async killRedis(): Promise<void> {
    await this.parts.redis.kill();
    await this.parts.redis.restart();
  }

  async close(): Promise<void> {
    const { client, parts } = this;
    await client.dispose();
    await parts.server.kill();
    for (const worker of parts.workers) await worker.kill();
    await parts.redis.close();
    for (const link of Object.values(parts.links)) await link.close();
    for (const disk of Object.values(parts.disks)) disk?.unmount();
    rmSync(parts.folder, { recursive: true, force: true });
    parts.programs.remove();
  }
}

interface ServerSaid {
  readonly port: number;
  readonly token: string;
}

interface RigParts {
  readonly programs: BuiltPrograms;
  readonly folder: string;
  readonly links: FaultRig['links'];
  readonly disks: FaultRig['disks'];
  readonly start: {
    server(): Promise<Running<ServerSaid>>;
    worker(): Promise<Running<unknown>>;
  };
  readonly redis: RealRedis;
  server: Running<ServerSaid>;
  readonly workers: Running<unknown>[];
}

const addressOf = (link: NetworkLink) => `redis://127.0.0.1:${link.port}`;
