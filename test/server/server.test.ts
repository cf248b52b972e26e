import { statSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';
import {
  call,
  ending,
  type Job,
  smallRequest as request,
  startTestServer as start,
} from './start-test-server.ts';

describe('the server', () => {
  it('makes pictures: submit, events, result, picture, history', async () => {
    const server = await start();
    const submitted = await call(server, '/api/v1/jobs', { json: { request } });
    expect(submitted.status).toBe(202);
    const job = (await submitted.json()) as Job;
    expect(submitted.headers.get('location')).toBe(`/api/v1/jobs/${job.id}`);
    expect(await ending(server, job.id)).toMatchObject({ id: job.id, state: 'done', pictures: 1 });
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
