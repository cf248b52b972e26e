import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePng } from '@stable-pose/core';
import { StubEngine, type StubEngineOptions, standingPose } from '@stable-pose/sdk/testing';
import { type RunningServer, type ServerOptions, startServer } from '@stable-pose/server';
import { afterEach, describe, expect, it } from 'vitest';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(
  options: Partial<ServerOptions> & { readonly stub?: StubEngineOptions } = {},
): Promise<RunningServer & { readonly engine: StubEngine; readonly folder: string }> {
  const folder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'stable-pose-server-'));
  if (options.dataFolder === undefined) undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const engine = new StubEngine(options.stub);
  const server = await startServer({ engine, dataFolder: folder, version: '1.2.3', ports: [0], ...options });
  undo.push(() => server.stop(0), () => engine.dispose());
  return { ...server, engine, folder };
}

const request = {
  prompt: 'a person',
  seed: 7,
  steps: 2,
  width: 64,
  height: 64,
  poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
};

function call(server: RunningServer, path: string, init: RequestInit & { readonly json?: unknown } = {}) {
  const { json, ...rest } = init;
  return fetch(`${server.url}${path}`, {
    ...rest,
    ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    headers: {
      Authorization: `Bearer ${server.token}`,
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...rest.headers,
    },
  });
}

interface Job {
  id: string;
  state: string;
  ahead?: number;
  error?: { code: string; message: string };
}

async function ended(server: RunningServer, id: string): Promise<Job> {
  const text = await (await call(server, `/api/v1/jobs/${id}/events`)).text();
  const last = text.trim().split('\n\n').at(-1) ?? '';
  expect(last).toMatch(/^event: job/);
  return JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? '') as Job;
}

describe('the server', () => {
  it('makes pictures: submit, events, result, picture, history', async () => {
    const server = await start();
    const submitted = await call(server, '/api/v1/jobs', { json: { request } });
    expect(submitted.status).toBe(202);
    const job = (await submitted.json()) as Job;
    expect(submitted.headers.get('location')).toBe(`/api/v1/jobs/${job.id}`);
    expect(await ended(server, job.id)).toMatchObject({ id: job.id, state: 'done', pictures: 1 });
    const result = (await (await call(server, `/api/v1/jobs/${job.id}/result`)).json()) as {
      pictures: { url: string; hintUrl: string; seed: number; request: { prompt: string } }[];
    };
    expect(result.pictures[0]).toMatchObject({ seed: 7, request: { prompt: 'a person', steps: 2 } });
    const bytes = await (await call(server, result.pictures[0].url)).arrayBuffer();
    const direct = await server.engine.generate(request);
    expect(decodePng(new Uint8Array(bytes)).data).toEqual(direct.pictures[0].raster.data);
    expect((await call(server, result.pictures[0].hintUrl)).headers.get('content-type')).toBe('image/png');
    const history = await (await call(server, '/api/v1/history')).json();
    expect(history).toMatchObject({ jobs: [{ id: job.id, prompt: 'a person', state: 'done' }] });
  });

  it('keeps its token in a file that only its owner reads', async () => {
    const server = await start();
    expect(server.isTokenNew).toBe(true);
    expect(server.token).toMatch(/^sp_[\w-]{43}$/);
    expect(statSync(join(server.folder, 'token')).mode & 0o777).toBe(0o600);
    await server.stop();
    const again = await start({ dataFolder: server.folder });
    expect(again).toMatchObject({ token: server.token, isTokenNew: false });
    await again.stop();
    const renewed = await start({ dataFolder: server.folder, newToken: true });
    expect(renewed.isTokenNew).toBe(true);
    expect(renewed.token).not.toBe(server.token);
  });
});
