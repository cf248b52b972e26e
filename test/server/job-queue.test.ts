import { expect, it } from 'vitest';
import { JobQueue, type QueuedJob } from '../../packages/server/src/jobs/job-queue.ts';

const now = 1_000_000;
const job = (id: string, client: string, more: Partial<QueuedJob> = {}): QueuedJob => ({
  id,
  client,
  priority: 'normal',
  createdAt: now,
  ...more,
});

function order(...jobs: QueuedJob[]): string {
  const queue = new JobQueue();
  for (const entry of jobs) queue.add(entry);
  const planned = queue.order(now).map(({ id }) => id);
  return planned.join(' ');
}

it('serves clients in turn, each its oldest job first', () => {
  expect(order(job('a1', 'a'), job('a2', 'a'), job('a3', 'a'), job('b1', 'b'), job('b2', 'b'))).toBe(
    'a1 b1 a2 b2 a3',
  );
});

it('serves who was served longest ago first, over time', () => {
  const queue = new JobQueue();
  queue.add(job('a1', 'a'));
  expect(queue.take()?.id).toBe('a1');
  queue.add(job('a2', 'a', { createdAt: now + 1 }));
  queue.add(job('b1', 'b', { createdAt: now + 2 }));
  expect(queue.take()?.id).toBe('b1');
  expect(queue.take()?.id).toBe('a2');
  expect(queue.take()).toBeUndefined();
});

it('serves higher priorities first, and lets none wait for ever', () => {
  const low = job('low', 'a', { priority: 'low' });
  expect(order(low, job('normal', 'a'), job('high', 'a', { priority: 'high' }))).toBe('high normal low');
  const old = { ...low, createdAt: now - 300_000 };
  expect(order(old, job('normal', 'b'), job('high', 'b', { priority: 'high' }))).toBe('low high normal');
});

it('counts what waits, of one client too', () => {
  const queue = new JobQueue();
  queue.add(job('a1', 'a'));
  queue.add(job('b1', 'b'));
  expect([queue.size, queue.sizeOf('a')]).toEqual([2, 1]);
  expect([queue.remove('a1'), queue.remove('a1')]).toEqual([true, false]);
  expect([queue.size, queue.sizeOf('a')]).toEqual([1, 0]);
});
