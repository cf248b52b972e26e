/** A day of requests for pictures, and the workers that make them. Times in seconds. */
export interface Day {
  /** Requests of the whole day. */
  readonly requests: number;
  /** How much of them falls into each of 24 hours, in any unit. */
  readonly hours: readonly number[];
  /** How many pictures a request asks for, and how often, in any unit. */
  readonly counts: readonly { readonly pictures: number; readonly weight: number }[];
  /** Measured seconds of a picture; each request draws its own from them. */
  readonly pictureSeconds: readonly number[];
  /** Of server, queue and transfer, a request. */
  readonly overheadSeconds: number;
  readonly workers: number;
  /** A worker that is gone from one time to another. What it makes when it goes is made again by another. */
  readonly lost?: { readonly from: number; readonly to: number };
  /** Takes from the front; numbers from 0 up to 1. */
  readonly random: () => number;
}

export interface DayReport {
  readonly requests: number;
  readonly pictures: number;
  /** Share of the time in which the workers were busy, of the day and of its fullest hour. */
  readonly busy: number;
  readonly busiestHour: number;
  /** Waiting before a request is begun, ascending. */
  readonly waits: readonly number[];
  /** Most requests that waited at a time. */
  readonly longestQueue: number;
}

const daySeconds = 86_400;

/**
 * One queue, the oldest request first, as `docs/scaling.md` has it within one priority. Arrivals are Poisson's, with the rate
 * of their hour. A request is one job: its pictures are made one after the other.
 */
export function simulateDay(day: Day): DayReport {
  const { workers, lost } = day;
  const requests = arrivals(day);
  /** When each worker is free. */
  const free = new Array<number>(workers).fill(0);
  const hours = new Array<number>(24).fill(0);
  const waits: number[] = [];
  const begins: number[] = [];
  for (const { at, seconds } of requests) {
    while (true) {
      const worker = free.indexOf(Math.min(...free));
      const begin = Math.max(at, free[worker]);
      const isGone = worker === 0 && lost !== undefined && begin < lost.to && begin + seconds > lost.from;
      if (!isGone) {
        free[worker] = begin + seconds;
        addBusy(hours, begin, begin + seconds);
        waits.push(begin - at);
        begins.push(begin);
        break;
      }
      // What it had begun is lost with it, and it takes nothing before it is back.
      addBusy(hours, Math.min(begin, lost.from), lost.from);
      free[worker] = lost.to;
    }
  }
  const total = hours.reduce((sum, busy) => sum + busy, 0);
  return {
    requests: requests.length,
    pictures: requests.reduce((sum, request) => sum + request.pictures, 0),
    busy: total / (workers * daySeconds),
    busiestHour: Math.max(...hours) / (workers * 3600),
    waits: waits.sort((a, b) => a - b),
    longestQueue: longestQueue(requests, begins),
  };
}

/** Of ascending numbers, the one below which so much of them lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

interface Arrival {
  readonly at: number;
  readonly pictures: number;
  readonly seconds: number;
}

function arrivals({ requests, hours, counts, pictureSeconds, overheadSeconds, random }: Day): Arrival[] {
  const whole = hours.reduce((sum, hour) => sum + hour, 0);
  const weights = counts.reduce((sum, { weight }) => sum + weight, 0);
  const list: Arrival[] = [];
  for (const [hour, share] of hours.entries()) {
    const perSecond = (requests * share) / whole / 3600;
    if (perSecond === 0) continue;
    let at = hour * 3600;
    while (true) {
      at += -Math.log(1 - random()) / perSecond;
      if (at >= (hour + 1) * 3600) break;
      const pictures = drawn(counts, random() * weights);
      let seconds = overheadSeconds;
      for (let i = 0; i < pictures; i++)
        seconds += pictureSeconds[Math.floor(random() * pictureSeconds.length)];
      list.push({ at, pictures, seconds });
    }
  }
  return list;
}

/** @param place from 0 up to the sum of the weights */
function drawn(counts: Day['counts'], place: number): number {
  let left = place;
  for (const { pictures, weight } of counts) {
    if (left < weight) return pictures;
    left -= weight;
  }
  return counts[counts.length - 1].pictures;
}

/** Adds a stretch of work to the hours that it lies in; what goes over midnight is another day's. */
function addBusy(hours: number[], from: number, to: number): void {
  let begin = from;
  while (begin < Math.min(to, daySeconds)) {
    const hour = Math.floor(begin / 3600);
    const end = Math.min(to, (hour + 1) * 3600);
    hours[hour] += end - begin;
    begin = end;
  }
}

function longestQueue(requests: readonly Arrival[], begins: readonly number[]): number {
  // Begun in the order of asking, so both lists ascend.
  const sorted = [...begins].sort((a, b) => a - b);
  let longest = 0;
  let begun = 0;
  for (const [i, { at }] of requests.entries()) {
    while (begun < sorted.length && sorted[begun] <= at) begun++;
    longest = Math.max(longest, i + 1 - begun);
  }
  return longest;
}
