import { StablePoseError } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';
import {
  call,
  ending,
  type Job,
  smallRequest,
  startTestServer,
  submit,
  temporaryFolder,
} from './start-test-server.ts';

const stateOf = async (server: Parameters<typeof call>[0], id: string) =>
  ((await (await call(server, `/api/v1/jobs/${id}`)).json()) as Job).state;

describe('jobs', () => {
  it('are made once, however often they are asked for under one key', async () => {
    const server = await startTestServer();
    const key = { 'idempotency-key': 'key-1' };
    const first = await submit(server, {}, key);
    const again = await Promise.all([
      submit(server, {}, key),
      submit(server, {}, key),
      submit(server, {}, key),
    ]);
    for (const { id } of again) expect(id).toBe(first.id);
    await ending(server, first.id);
    expect((await submit(server, {}, key)).id).toBe(first.id);
    expect(server.engine.requests).toHaveLength(1);
    const other = await call(server, '/api/v1/jobs', {
      json: { request: { ...smallRequest, seed: 9 } },
      headers: key,
    });
    expect([other.status, await other.json()]).toMatchObject([
      409,
      { error: { code: 'idempotency-conflict' } },
    ]);
    // Another client's key is another key.
    expect((await submit(server, {}, { ...key, 'stable-pose-client': 'other' })).id).not.toBe(first.id);
  });

  it('wait in a queue with an end, which says when to come again; a repeated one is still answered', async () => {
    const server = await startTestServer({
      stub: { stepMs: 50 },
      limits: { waiting: 2, waitingPerClient: 1 },
    });
    const running = await submit(server, { steps: 100 });
    await expect.poll(() => stateOf(server, running.id), { timeout: 10_000 }).toBe('running');
    const key = { 'idempotency-key': 'waits' };
    const waits = await submit(server, {}, key);
    expect(waits).toMatchObject({ state: 'queued', ahead: 1 });
    const full = await call(server, '/api/v1/jobs', { json: { request: smallRequest } });
    expect(full.status).toBe(429);
    expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await full.json()).toMatchObject({ error: { code: 'server-busy' } });
    expect((await submit(server, {}, key)).id).toBe(waits.id);
    const another = await submit(server, {}, { 'stable-pose-client': 'another' });
    expect(another.state).toBe('queued');
    const third = await call(server, '/api/v1/jobs', {
      json: { request: smallRequest },
      headers: { 'stable-pose-client': 'third' },
    });
    expect(third.status).toBe(429);
    const metrics = await (await call(server, '/metrics')).text();
    expect(metrics).toMatch(/stable_pose_jobs_waiting 2\n/);
    expect(metrics).toMatch(/stable_pose_requests_refused_total\{reason="client"\} 1\n/);
    await call(server, `/api/v1/jobs/${running.id}/cancel`, { method: 'POST' });
    expect(await ending(server, running.id)).toMatchObject({ state: 'cancelled' });
    expect(await ending(server, waits.id)).toMatchObject({ state: 'done' });
  });

  it('are cancelled while they wait, and removed when they have ended', async () => {
    const server = await startTestServer({ stub: { stepMs: 30 } });
    const running = await submit(server, { steps: 30 });
    const waits = await submit(server);
    const cancelled = await call(server, `/api/v1/jobs/${waits.id}/cancel`, { method: 'POST' });
    expect(await cancelled.json()).toMatchObject({ state: 'cancelled' });
    expect((await call(server, `/api/v1/jobs/${running.id}`, { method: 'DELETE' })).status).toBe(501);
    await ending(server, running.id);
    expect((await call(server, `/api/v1/jobs/${running.id}`, { method: 'DELETE' })).status).toBe(204);
    for (const path of ['', '/result', '/pictures/0', '/events']) {
      expect((await call(server, `/api/v1/jobs/${running.id}${path}`)).status, path).toBe(404);
    }
    expect((await call(server, `/api/v1/jobs/${waits.id}/result`)).status).toBe(409);
  });

  it('tell what happened since the last event that arrived', async () => {
    const server = await startTestServer({ stub: { stepMs: 20 } });
    const { id } = await submit(server, { steps: 30, previews: { how: 'linear' } });
    const first = await call(server, `/api/v1/jobs/${id}/events`);
    const reader = first.body?.getReader();
    let text = '';
    while (!/"step":3,/.test(text)) text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    const seen = [...text.matchAll(/^id: (.*)$/gm)].map(([, event]) => event);
    const last = seen.at(-1) ?? '';
    const rest = await (
      await call(server, `/api/v1/jobs/${id}/events`, { headers: { 'last-event-id': last } })
    ).text();
    const steps = (part: string) => [...part.matchAll(/"step":([1-9]\d*),/g)].map(([, step]) => Number(step));
    // Every step once, in order, over both connections.
    const whole = text.slice(0, text.lastIndexOf('\n\n'));
    expect([...new Set(steps(whole)), ...steps(rest)]).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(rest).toMatch(/"preview":"/);
    expect(rest.trim().split('\n\n').at(-1)).toMatch(/^event: job\ndata: .*"state":"done"/);
    const bare = await (await call(server, `/api/v1/jobs/${id}/events?previews=0`)).text();
    expect(bare).not.toMatch(/"preview"/);
  });

  it('outlive a polite end: what runs is begun again, what waits waits', async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ dataFolder: folder, stub: { stepMs: 50 } });
    const running = await submit(server, { steps: 100 });
    const waits = await submit(server, { seed: 3 });
    await expect.poll(() => stateOf(server, running.id), { timeout: 10_000 }).toBe('running');
    await server.stop(0);
    const next = await startTestServer({ dataFolder: folder });
    expect(await ending(next, running.id)).toMatchObject({ state: 'done' });
    expect(await ending(next, waits.id)).toMatchObject({ state: 'done' });
    expect(next.engine.requests.map(({ seed }) => seed)).toEqual([7, 3]);
  });

  it('keep why they failed', async () => {
    const folder = temporaryFolder();
    const server = await startTestServer({ dataFolder: folder });
    server.engine.failNext(new StablePoseError('out-of-memory', 'Memory ran out.'));
    const { id } = await submit(server);
    await ending(server, id);
    await server.stop();
    const next = await startTestServer({ dataFolder: folder });
    const result = await call(next, `/api/v1/jobs/${id}/result`);
    expect([result.status, await result.json()]).toMatchObject([503, { error: { code: 'out-of-memory' } }]);
  });

  it('are forgotten beyond so many, the oldest first, with their pictures', async () => {
    const server = await startTestServer({ limits: { keptJobs: 3 } });
    const ids: string[] = [];
    for (let seed = 0; seed < 5; seed++) {
      const { id } = await submit(server, { seed });
      await ending(server, id);
      ids.push(id);
    }
    await expect
      .poll(async () => (await call(server, `/api/v1/jobs/${ids[1]}`)).status, { timeout: 10_000 })
      .toBe(404);
    for (const id of ids.slice(2))
      expect((await call(server, `/api/v1/jobs/${id}/pictures/0`)).status).toBe(200);
    const page = await call(server, '/api/v1/history?limit=2');
    const { jobs, next } = (await page.json()) as { jobs: Job[]; next: string };
    expect(jobs.map(({ id }) => id)).toEqual([ids[4], ids[3]]);
    const older = (await (await call(server, `/api/v1/history?limit=2&before=${next}`)).json()) as {
      jobs: Job[];
    };
    expect(older.jobs.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it('belong to one server at a time', async () => {
    const folder = temporaryFolder();
    await startTestServer({ dataFolder: folder });
    await expect(startTestServer({ dataFolder: folder })).rejects.toMatchObject({ code: 'not-supported' });
  });
});

describe('poses', () => {
  it('are converted and drawn', async () => {
    const server = await startTestServer();
    const pose = {
      format: 'stable-pose',
      version: 1,
      width: 64,
      height: 64,
      people: [{ keypoints: { nose: [5, 6], left_eye: [9, 3] } }],
    };
    const converted = await call(server, '/api/v1/poses/convert', {
      json: { pose, to: 'openpose', width: 128, height: 128 },
    });
    expect(await converted.json()).toMatchObject({
      format: 'stable-pose',
      width: 128,
      mediaType: 'application/json',
      notes: [],
    });
    const drawn = await call(server, '/api/v1/poses/draw', { json: { pose: JSON.stringify(pose) } });
    expect(drawn.headers.get('content-type')).toBe('image/png');
    const svg = await call(server, '/api/v1/poses/draw', { json: { pose, as: 'svg' } });
    expect(await svg.text()).toMatch(/^<svg .*<line /s);
  });

  it('are described, like everything, in OpenAPI', async () => {
    const server = await startTestServer();
    const document = (await (await call(server, '/api/v1/openapi.json')).json()) as {
      paths: Record<string, unknown>;
    };
    expect(document).toMatchObject({
      openapi: '3.1.0',
      components: { schemas: { GenerationRequest: { type: 'object' } } },
    });
    expect(Object.keys(document.paths)).toContain('/api/v1/jobs/{id}/events');
  });
});

describe('ports', () => {
  it('are tried one after the other; without a free one the folder is let go', async () => {
    const first = await startTestServer();
    const folder = temporaryFolder();
    await expect(startTestServer({ dataFolder: folder, ports: [first.port] })).rejects.toMatchObject({
      code: 'device-unavailable',
    });
    const second = await startTestServer({ dataFolder: folder, ports: [first.port, 0] });
    expect(second.port).not.toBe(first.port);
    await ending(second, (await submit(second)).id);
  });
});
