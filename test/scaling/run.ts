/**
 * `npm run simulate-day`: how long people wait over an uneven day, by the number of workers. The table of docs/scaling.md.
 *
 *   --requests N        of the day; 20 000 unless told
 *   --workers N,N,...   1,2,3,4 unless told
 *   --seconds S,S,...   measured seconds of a picture; the figurine's of docs/benchmarks.md unless told
 *   --overhead S        of server and queue a request; measured, unless told
 *   --seed N            another day
 */
import { parseArgs } from 'node:util';
import { mulberry } from '../fuzz/mulberry.ts';
import { type Day, quantile, simulateDay } from './simulate-day.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '1,2,3,4' },
    seconds: { type: 'string', default: '1.63,1.69,1.75' },
    overhead: { type: 'string', default: '0.05' },
    seed: { type: 'string', default: '1' },
  },
});
const numbers = (text: string) => text.split(',').map(Number);

/** An office's day: nothing at night, a morning and an afternoon, an evening of those who go on at home. */
const hours = [1, 0, 0, 0, 0, 0, 1, 3, 14, 30, 36, 34, 16, 26, 34, 32, 26, 16, 8, 7, 8, 7, 4, 2];
/** Most ask for one picture; some for four, to choose from. */
const counts = [
  { pictures: 1, weight: 3 },
  { pictures: 4, weight: 1 },
];
/** One worker's machine is off in the fullest hour. */
const lost = { from: 10 * 3600, to: 11 * 3600 };

const wait = (seconds: number) =>
  seconds < 60 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(seconds < 600 ? 1 : 0)} min`;
console.log(
  '| workers | busy, whole day | busiest hour | half wait below | 95 % below | longest wait | longest queue |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const workers of numbers(values.workers)) {
  for (const gone of workers > 1 ? [undefined, lost] : [undefined]) {
    const day: Day = {
      requests: Number(values.requests),
      hours,
      counts,
      pictureSeconds: numbers(values.seconds),
      overheadSeconds: Number(values.overhead),
      workers,
      random: mulberry(Number(values.seed)),
      ...(gone ? { lost: gone } : {}),
    };
    const { busy, busiestHour, waits, longestQueue } = simulateDay(day);
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    const cells = [
      gone ? `${workers}, one off from 10 to 11` : `${workers}`,
      percent(busy),
      percent(busiestHour),
      wait(quantile(waits, 0.5)),
      wait(quantile(waits, 0.95)),
      wait(waits[waits.length - 1]),
      `${longestQueue}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
