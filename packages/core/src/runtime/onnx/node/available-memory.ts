import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';

/**
 * Bytes that programs may still take: what the system has free (page cache that can be given up included), or what the
 * control group of a container leaves, whichever is less.
 */
export async function availableMemory(): Promise<number> {
  const free = (await memoryAvailable()) ?? freemem();
  const group = await controlGroupRemainder();
  return group === undefined ? free : Math.min(free, group);
}

async function memoryAvailable(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Version 2 of control groups, then version 1. Cache that nobody uses counts as free, as it is given up under pressure. */
async function controlGroupRemainder(): Promise<number | undefined> {
  const places = [
    { root: '/sys/fs/cgroup', limit: 'memory.max', used: 'memory.current' },
    { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes' },
  ];
  for (const { root, limit, used } of places) {
    const [most, now, statistics] = await Promise.all(
      [limit, used, 'memory.stat'].map((name) => readFile(`${root}/${name}`, 'utf8').catch(() => '')),
    );
    const limitBytes = Number.parseInt(most!, 10);
    const usedBytes = Number.parseInt(now!, 10);
    // "max", or version 1's "no limit", which is near 2^63.
    if (!Number.isFinite(limitBytes) || !Number.isFinite(usedBytes) || limitBytes > 2 ** 50) continue;
    const cache = Number(/^(?:total_)?inactive_file (\d+)/m.exec(statistics!)?.[1] ?? 0);
    return Math.max(0, limitBytes - usedBytes + cache);
  }
  return undefined;
}
