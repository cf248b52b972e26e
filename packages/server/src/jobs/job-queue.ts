import { type Priority, priorities } from '@stable-pose/sdk/remote';

export interface QueuedJob {
  readonly id: string;
  readonly client: string;
  readonly priority: Priority;
  readonly createdAt: number;
}

/** A job that has waited so long counts as one priority higher, so that none waits for ever. */
const agingMs = 120_000;

/**
 * Which job is next: the highest priority; in it the client that was served longest ago; of it the oldest job. So one
 * client's hundred jobs do not keep another's one waiting.
 */
export class JobQueue {
  private readonly jobs = new Map<string, QueuedJob>();
  private readonly servedAt = new Map<string, number>();
  private served = 0;

  get size(): number {
    return this.jobs.size;
  }

  sizeOf(client: string): number {
    let count = 0;
    for (const job of this.jobs.values()) if (job.client === client) count++;
    return count;
  }

  add(job: QueuedJob): void {
    this.jobs.set(job.id, job);
  }

  remove(id: string): boolean {
    return this.jobs.delete(id);
  }

  take(): QueuedJob | undefined {
    const [next] = this.order();
    if (next === undefined) return undefined;
    this.jobs.delete(next.id);
    this.servedAt.delete(next.client);
    this.servedAt.set(next.client, ++this.served);
    // Clients that have long been served and have nothing waiting are as good as new.
    if (this.servedAt.size > 1000) this.servedAt.delete(this.servedAt.keys().next().value as string);
    return next;
  }

  /** All that wait, in the order in which they would run if nothing came. */
  order(now = Date.now()): readonly QueuedJob[] {
    const ranks: Map<string, QueuedJob[]>[] = priorities.map(() => new Map());
    for (const job of [...this.jobs.values()].sort(
      (a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
    )) {
      const raised = Math.floor((now - job.createdAt) / agingMs);
      const rank = Math.max(0, priorities.indexOf(job.priority) - raised);
      const ofClient = ranks[rank].get(job.client);
      if (ofClient) ofClient.push(job);
      else ranks[rank].set(job.client, [job]);
    }
    const order: QueuedJob[] = [];
    const servedAt = new Map(this.servedAt);
    let served = this.served;
    for (const clients of ranks) {
      while (clients.size > 0) {
        let next: string | undefined;
        for (const client of clients.keys()) {
          if (next === undefined || (servedAt.get(client) ?? 0) < (servedAt.get(next) ?? 0)) next = client;
        }
        const list = clients.get(next as string) as QueuedJob[];
        order.push(list.shift() as QueuedJob);
        servedAt.set(next as string, ++served);
        if (list.length === 0) clients.delete(next as string);
      }
    }
    return order;
  }
}
