import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StubEngine, type StubEngineOptions, standingPose } from '@stable-pose/sdk/testing';
import { type RunningServer, type ServerOptions, startServer } from '@stable-pose/server';
import { afterEach } from 'vitest';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Something to be done when the test is over, before what was said earlier. */
export function afterTest(step: () => Promise<void> | void): void {
  undo.push(step);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stable-pose-server-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestServer extends RunningServer {
  readonly engine: StubEngine;
  readonly folder: string;
}

/** A real server on a free port, before a stub engine. */
export async function startTestServer(
  options: Partial<ServerOptions> & { readonly stub?: StubEngineOptions } = {},
): Promise<TestServer> {
  const folder = options.dataFolder ?? temporaryFolder();
  const engine = new StubEngine(options.stub);
  const server = await startServer({ engine, dataFolder: folder, version: '1.2.3', ports: [0], ...options });
  afterTest(() => engine.dispose());
  afterTest(() => server.stop(0));
  return { ...server, engine, folder };
}

export const smallRequest = {
  prompt: 'a person',
  seed: 7,
  steps: 2,
  width: 64,
  height: 64,
  poses: [standingPose({ x: 8, y: 4, width: 48, height: 56 })],
};

/** Calls the server with its token, as a program without a library would. */
export function call(
  server: RunningServer,
  path: string,
  init: RequestInit & { readonly json?: unknown } = {},
): Promise<Response> {
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

export interface Job {
  readonly id: string;
  readonly state: string;
  readonly ahead?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export async function submit(
  server: RunningServer,
  more: Record<string, unknown> = {},
  headers = {},
): Promise<Job> {
  const response = await call(server, '/api/v1/jobs', {
    json: { request: { ...smallRequest, ...more } },
    headers,
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Job;
}

/** How the job ended, by its events. */
export async function ending(server: RunningServer, id: string): Promise<Job> {
  const text = await (await call(server, `/api/v1/jobs/${id}/events`)).text();
  const last = text.trim().split('\n\n').at(-1) ?? '';
  return JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? 'null') as Job;
}
