import { setTimeout as pause } from 'node:timers/promises';
import { StablePoseError } from '@stable-pose/core';
import { StubEngine, standingPose } from '@stable-pose/sdk/testing';
import type { FaultRig } from './fault-rig.ts';
import type { Fault } from './faults.ts';

export interface RoundReport {
  readonly jobs: number;
  /** Requests that ended without their picture, or are not in the server's history as done. */
  readonly lost: readonly string[];
  /** Requests that the history has more than once. */
  readonly twice: readonly string[];
  /** How often the server said that its disk is full, and was asked again. */
  readonly refusals: number;
  readonly seconds: number;
}

/** How long a client waits before it asks a server with a full disk again. */
const againMs = 500;

/** A picture that has not come after so long counts as lost. */
const lostMs = 900_000;

/** Part of a round's requests that are under way at a time, so that some are sent while the fault lasts. */
const shareAtOnce = 0.4;

/**
 * So many requests, a part of them at once; the fault strikes when a part of them is done, another part each time. A client that is told of a
 * full disk asks again, as a person would.
 */
export async function faultRound(
  rig: FaultRig,
  fault: Fault,
  options: { readonly jobs: number; readonly round: number },
): Promise<RoundReport> {
  const { jobs, round } = options;
  const begun = performance.now();
  const stub = new StubEngine();
  const promptOf = (seed: number) => `${fault.name} round ${round} job ${seed}`;
  const requestOf = (seed: number) => ({
    prompt: promptOf(seed),
    seed,
    steps: 2,
    width: 64,
    height: 64,
    poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
  });
  let done = 0;
  let refusals = 0;
  const lost = new Set<string>();
  const make = async (seed: number): Promise<void> => {
    while (true) {
      try {
        const signal = AbortSignal.timeout(lostMs);
        const { pictures } = await rig.client.generate(requestOf(seed), { signal });
        const expected = await stub.generate(requestOf(seed));
        const isRight =
          pictures.length === 1 &&
          Buffer.compare(pictures[0].raster.data, expected.pictures[0].raster.data) === 0;
        if (!isRight) lost.add(`${promptOf(seed)}: another picture`);
        return;
      } catch (error) {
        const { code, message } = StablePoseError.from(error);
        if (code !== 'disk-full') {
          lost.add(`${promptOf(seed)}: ${message}`);
          return;
        }
        refusals++;
        await pause(againMs);
      }
    }
  };
  await rig.client.describe();
  let next = 0;
  const lane = async () => {
    while (next < jobs) {
      await make(next++);
      done++;
    }
  };
  const making = Array.from({ length: Math.ceil(jobs * shareAtOnce) }, lane);
  // Somewhere before the last requests are sent.
  const moment = Math.floor(jobs * 0.5 * Math.random());
  while (done < moment) await pause(5);
  await fault.strike(rig, round);
  await Promise.all(making);

  const counts = await historyOf(rig, `${fault.name} round ${round} `);
  for (let seed = 0; seed < jobs; seed++) {
    if (!counts.has(promptOf(seed))) lost.add(`${promptOf(seed)}: not in the history as done`);
  }
  return {
    jobs,
    lost: [...lost],
    twice: [...counts].flatMap(([prompt, count]) => (count > 1 ? [`${prompt}: ${count} times`] : [])),
    refusals,
    seconds: (performance.now() - begun) / 1000,
  };
}

/** How often the server's history has each prompt that begins so, as done. */
async function historyOf({ client }: FaultRig, begin: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  let before: string | undefined;
  do {
    const { jobs, next } = await historyPage(client, before);
    const ours = jobs.filter(({ prompt, state }) => prompt.startsWith(begin) && state === 'done');
    for (const { prompt } of ours) counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
    before = next;
  } while (before !== undefined);
  return counts;
}

/** What the fault broke may still be broken. */
async function historyPage(client: FaultRig['client'], before: string | undefined) {
  for (let tries = 0; ; tries++) {
    try {
      return await client.history({ limit: 200, ...(before ? { before } : {}) });
    } catch (error) {
      if (tries === 20) throw error;
      await pause(againMs);
    }
  }
}
