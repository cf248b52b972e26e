import { describe, expect, it } from 'vitest';
import { mulberry } from '../fuzz/mulberry.ts';
import { type Day, quantile, simulateDay } from './simulate-day.ts';

const evenly = new Array<number>(24).fill(1);
const day = (more: Partial<Day>): Day => ({
  requests: 8640,
  hours: evenly,
  counts: [{ pictures: 1, weight: 1 }],
  pictureSeconds: [7],
  overheadSeconds: 0,
  workers: 1,
  random: mulberry(7),
  ...more,
});
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the simulated day', () => {
  // Pollaczek and Khinchine: one server, Poisson's arrivals, equal service s, load r: mean wait r s / (2 (1 - r)).
  it.each([0.3, 0.7])('waits as the theory of queues says, at a load of %f', (load) => {
    const s = 7;
    const days = Array.from({ length: 20 }, (_, seed) =>
      simulateDay(day({ requests: (86_400 * load) / s, random: mulberry(seed) })),
    );
    const expected = (load * s) / (2 * (1 - load));
    // Twenty days of thousands of requests: the mean's own scatter is some 2 %.
    expect(mean(days.flatMap(({ waits }) => waits)) / expected).toBeGreaterThan(0.93);
    expect(mean(days.flatMap(({ waits }) => waits)) / expected).toBeLessThan(1.07);
    expect(mean(days.map(({ busy }) => busy)) / load).toBeCloseTo(1, 1);
  });

  it('makes every request, at the times of its hours, with as many pictures as asked for', () => {
    const hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...new Array<number>(14).fill(0)];
    const counts = [
      { pictures: 1, weight: 3 },
      { pictures: 4, weight: 1 },
    ];
    const report = simulateDay(day({ hours, counts, workers: 100, requests: 4000 }));
    expect(report.requests / 4000).toBeCloseTo(1, 1);
    expect(report.pictures / report.requests).toBeCloseTo((3 * 1 + 4) / 4, 1);
    expect(report.waits[report.waits.length - 1]).toBe(0);
    // 7000 pictures of 7 s within an hour, on 100 workers.
    expect(report.busiestHour).toBeCloseTo((report.pictures * 7) / 360_000, 1);
  });

  it('never waits longer with one worker more, nor shorter with one that is off', () => {
    const hours = evenly.map((_, hour) => (hour === 10 ? 20 : 1));
    const reports = [1, 2, 3, 4].map((workers) => simulateDay(day({ hours, workers, random: mulberry(3) })));
    for (const share of [0.5, 0.95, 1]) {
      const waits = reports.map((report) => quantile(report.waits, share));
      expect(waits).toEqual([...waits].sort((a, b) => b - a));
    }
    const lost = { from: 36_000, to: 39_600 };
    const less = simulateDay(day({ hours, workers: 4, random: mulberry(3), lost }));
    expect(less.requests).toBe(reports[3].requests);
    expect(mean(less.waits)).toBeGreaterThan(mean(reports[3].waits));
    expect(less.longestQueue).toBeGreaterThanOrEqual(reports[3].longestQueue);
  });
});
