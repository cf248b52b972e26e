import { setTimeout as pause } from 'node:timers/promises';
import type { FaultRig } from './fault-rig.ts';

export interface Fault {
  readonly name: string;
  readonly what: string;
  /** Whether this machine can bring it about. */
  readonly isPossible?: (rig: FaultRig) => boolean;
  /** Brings it about, and ends it. @param round from 0 */
  strike(rig: FaultRig, round: number): Promise<void>;
}

/** How long a network is silent, then refuses. The first is longer than a worker's lock. */
const [silentMs, brokenMs] = [6000, 2000];
const fullMs = 5000;

export const faults: readonly Fault[] = [
  { name: 'server', what: 'kill -9 of the server', strike: (rig) => rig.killServer() },
  { name: 'worker', what: 'kill -9 of one of two workers', strike: (rig) => rig.killWorker() },
  { name: 'redis', what: 'kill -9 of Redis, append-only file on', strike: (rig) => rig.killRedis() },
  {
    name: 'network',
    what: 'network silent, then refusing: client and server, server and Redis, workers and Redis in turn',
    strike: async ({ links }, round) => {
      const all = Object.values(links);
      const link = all[round % all.length];
      link.silence();
      await pause(silentMs);
      link.break();
      await pause(brokenMs);
      link.mend();
    },
  },
  {
    name: 'disk',
    what: "the server's disk full to the last byte",
    isPossible: ({ disks }) => disks.server !== undefined,
    strike: async ({ disks }) => {
      disks.server?.fill();
      await pause(fullMs);
      disks.server?.free();
    },
  },
  {
    name: 'redis-disk',
    what: "Redis' disk full to the last byte",
    isPossible: ({ disks }) => disks.redis !== undefined,
    strike: async ({ disks }) => {
      disks.redis?.fill();
      await pause(fullMs);
      disks.redis?.free();
    },
  },
];
