import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts, in Prometheus' terms. Labels are few and closed: no id, prompt or address. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string) => (read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  return {
    registry,
    submitted: new Counter({
      name: 'stable_pose_jobs_submitted_total',
      help: 'Jobs that were taken.',
      labelNames: ['priority'],
      registers,
    }),
    finished: new Counter({
      name: 'stable_pose_jobs_finished_total',
      help: 'Jobs that ended: done, cancelled, put back, or an error code.',
      labelNames: ['outcome'],
      registers,
    }),
    refused: new Counter({
      name: 'stable_pose_requests_refused_total',
      help: 'Requests that were refused: host, origin, token, protocol, full, client, size.',
      labelNames: ['reason'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'stable_pose_job_seconds',
      help: 'From the beginning of a job to its end.',
      buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 900, 3600],
      registers,
    }),
    waiting: gauge('stable_pose_jobs_waiting', 'Jobs that wait.'),
    running: gauge('stable_pose_jobs_running', 'Jobs under way.'),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
