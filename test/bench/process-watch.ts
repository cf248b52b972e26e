import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFigures {
  /** Processor time while memory counted, of all processes together. */
  readonly processorSeconds: number;
  /** Memory of its own: what a machine must have. */
  readonly anonymousBytes: number;
  /** Anonymous memory and mapped files. */
  readonly residentBytes: number;
}

/** How often memory is read, and the family of processes looked up. */
const sampleMs = 20;
const familyMs = 200;
/** Linux's unit of processor time in /proc; the same on every machine that runs Node. */
const ticksPerSecond = 100;

/**
 * Watches the memory of a process and all that it started, from outside, through /proc. On systems without it, the peaks
 * are undefined. esbuild's process, which reads TypeScript for us in development, does not count.
 */
export class ProcessWatch {
  private readonly root: number;
  private readonly timer: NodeJS.Timeout;
  private family: readonly number[] = [];
  private lookedUp = 0;
  private counting = true;
  private anonymousBytes = 0;
  private residentBytes = 0;
  /** Ticks by process, of ended ones as last seen. */
  private readonly ticks = new Map<number, number>();
  private ticksAtBegin = 0;

  constructor(root: number) {
    this.root = root;
    this.timer = setInterval(() => this.sample(), sampleMs);
    this.sample();
  }

  /** Forgets what was, and counts from now on. */
  begin(): void {
    this.counting = true;
    this.anonymousBytes = 0;
    this.residentBytes = 0;
    this.sample();
    this.ticksAtBegin = this.allTicks();
  }

  end(): void {
    this.sample();
    this.counting = false;
  }

  stop(): ProcessFigures | undefined {
    clearInterval(this.timer);
    const { anonymousBytes, residentBytes } = this;
    const processorSeconds = (this.allTicks() - this.ticksAtBegin) / ticksPerSecond;
    return residentBytes === 0 ? undefined : { anonymousBytes, residentBytes, processorSeconds };
  }

  private allTicks(): number {
    return [...this.ticks.values()].reduce((sum, ticks) => sum + ticks, 0);
  }

  private sample(): void {
    if (!this.counting) return;
    const now = performance.now();
    if (now - this.lookedUp > familyMs) {
      this.family = familyOf(this.root);
      this.lookedUp = now;
    }
    let anonymous = 0;
    let resident = 0;
    for (const id of this.family) {
      const status = readProc(`${id}/status`);
      anonymous += field(status, 'RssAnon');
      resident += field(status, 'VmRSS');
      const ticks = ticksOf(readProc(`${id}/stat`));
      if (ticks > 0) this.ticks.set(id, ticks);
    }
    this.anonymousBytes = Math.max(this.anonymousBytes, anonymous);
    this.residentBytes = Math.max(this.residentBytes, resident);
  }
}

function familyOf(root: number): number[] {
  const children = new Map<number, number[]>();
  let ids: number[] = [];
  try {
    ids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
  for (const id of ids) {
    // "pid (name) state parent ...", where the name may hold anything.
    const match = /^\d+ \((.*)\) \S+ (\d+)/s.exec(readProc(`${id}/stat`));
    if (!match || match[1] === 'esbuild') continue;
    const parent = Number(match[2]);
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const family = [root];
  for (const id of family) family.push(...(children.get(id) ?? []));
  return family;
}

/** A process may end at any moment: then there is nothing. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}

/** Processor time of a process so far, by its own threads alone. NaN without /proc. */
export function processorSecondsOf(pid: number): number {
  const stat = readProc(`${pid}/stat`);
  return stat === '' ? Number.NaN : ticksOf(stat) / ticksPerSecond;
}

/** User and system time: the 14th and 15th field, 12th and 13th behind the name. */
function ticksOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}
