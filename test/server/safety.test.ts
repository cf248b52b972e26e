import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';
import { encodePng, type Raster } from '@stable-pose/core';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { call, ending, smallRequest, startTestServer, submit, type TestServer } from './start-test-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly code?: string;
}

/** A request with headers that a browser or a library would not let one set. */
function raw(
  server: TestServer,
  options: {
    path?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    withToken?: boolean;
  },
): Promise<Answer> {
  const { path = '/api/v1/server', method = 'GET', headers = {}, body, withToken = true } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        headers: { ...(withToken ? { authorization: `Bearer ${server.token}` } : {}), ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => {
          const code = /"code":"([^"]+)"/.exec(text)?.[1];
          resolve({ status: response.statusCode ?? 0, headers: response.headers, ...(code ? { code } : {}) });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function stillServes(server: TestServer): Promise<void> {
  const { id } = await submit(server);
  expect(await ending(server, id)).toMatchObject({ state: 'done' });
}

describe('who may come in', () => {
  it('lets in the token alone, as bearer or as password, on every path but /health', async () => {
    const server = await startTestServer();
    for (const path of [
      '/api/v1/server',
      '/metrics',
      '/api/v1/openapi.json',
      '/nothing',
      '/v1/models',
      '/sdapi/v1/options',
    ]) {
      expect(await raw(server, { path, withToken: false }), path).toMatchObject({
        status: 401,
        code: 'unauthorized',
      });
    }
    const authorizations = [
      'Bearer ',
      'Bearer sp_wrong',
      `Bearer ${server.token}x`,
      server.token,
      `Token ${server.token}`,
    ];
    for (const authorization of authorizations) {
      expect((await raw(server, { withToken: false, headers: { authorization } })).status).toBe(401);
    }
    expect(
      (await raw(server, { path: `/api/v1/server?token=${server.token}`, withToken: false })).status,
    ).toBe(401);
    const basic = `Basic ${Buffer.from(`anyone:${server.token}`).toString('base64')}`;
    expect((await raw(server, { withToken: false, headers: { authorization: basic } })).status).toBe(200);
    expect((await raw(server, { path: '/health', withToken: false })).status).toBe(200);
  });

  it('answers under its own names only: a page that lets its name point here gets nothing', async () => {
    const server = await startTestServer({ hostNames: ['render.example'] });
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '0.0.0.0',
    ]) {
      expect(await raw(server, { headers: { host } }), host).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
      expect((await raw(server, { path: '/health', headers: { host } })).status).toBe(403);
    }
    for (const host of ['@127.0.0.1', '127.0.0.1:80:80']) {
      expect(await raw(server, { headers: { host } })).toMatchObject({ status: 400, code: 'invalid-input' });
    }
    for (const host of ['localhost', `LOCALHOST:${server.port}`, '[::1]:17325', 'render.example']) {
      expect((await raw(server, { headers: { host } })).status, host).toBe(200);
    }
  });

  it('takes requests from allowed pages only, and lets only those read', async () => {
    const server = await startTestServer({ allowedOrigins: ['https://allowed.example'] });
    for (const origin of [
      'https://evil.example',
      'null',
      'https://allowed.example.evil.example',
      'http://allowed.example',
    ]) {
      const refused = await raw(server, { headers: { origin } });
      expect(refused, origin).toMatchObject({ status: 403, code: 'forbidden' });
      expect(refused.headers['access-control-allow-origin']).toBeUndefined();
      const asked = await raw(server, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      expect(asked.status).toBe(403);
    }
    const origin = 'https://allowed.example';
    const taken = await raw(server, { headers: { origin } });
    expect(taken).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': origin, vary: 'Origin' },
    });
    const asked = await raw(server, {
      method: 'OPTIONS',
      withToken: false,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(asked).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-headers': 'authorization' },
    });
    // An error can be read too, so that the page can explain it.
    const wrong = await raw(server, { withToken: false, headers: { origin } });
    expect(wrong).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': origin } });
    const own = `http://127.0.0.1:${server.port}`;
    expect((await raw(server, { headers: { origin: own, host: `127.0.0.1:${server.port}` } })).status).toBe(
      200,
    );
  });

  it('takes pages without an origin only where that is allowed, and with the token', async () => {
    const server = await startTestServer({ allowedOrigins: ['null'] });
    const headers = { origin: 'null' };
    expect(await raw(server, { headers })).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': 'null' },
    });
    expect((await raw(server, { headers, withToken: false })).status).toBe(401);
    // So that it finds the server. What it reads is the same for everyone, whatever the server has and does.
    const health = await raw(server, { path: '/health', headers, withToken: false });
    expect(health.headers['access-control-allow-origin']).toBe('null');
    const told = await (await fetch(`${server.url}/health`)).json();
    expect(told).toEqual({ service: 'stable-pose', protocols: [1] });
    const closed = await startTestServer();
    const refused = await raw(closed, { path: '/health', headers, withToken: false });
    expect(refused).toMatchObject({ status: 403, code: 'forbidden' });
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('listens on this machine only, unless told', async () => {
    const server = await startTestServer();
    expect(server.addresses).toEqual([`http://127.0.0.1:${server.port}`]);
  });
});

const json = { 'content-type': 'application/json' };

describe('hostile requests', () => {
  it('refuses bodies that are too large, announced or not', async () => {
    const server = await startTestServer({ limits: { bodyBytes: 100_000 } });
    const body = JSON.stringify({ request: { prompt: 'x'.repeat(200_000) } });
    const length = { 'content-length': String(body.length) };
    expect(
      await raw(server, { path: '/api/v1/jobs', method: 'POST', headers: { ...json, ...length }, body }),
    ).toMatchObject({
      status: 413,
      code: 'limit-exceeded',
    });
    const chunked = { 'transfer-encoding': 'chunked' };
    expect(
      await raw(server, { path: '/api/v1/jobs', method: 'POST', headers: { ...json, ...chunked }, body }),
    ).toMatchObject({
      status: 413,
      code: 'limit-exceeded',
    });
    await stillServes(server);
  });

  it('refuses what is malformed, each with a code', async () => {
    const server = await startTestServer();
    const post = (path: string, body: string, headers: Record<string, string> = json) =>
      raw(server, { path, method: 'POST', headers, body });
    const deep = `{"request":{"prompt":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`;
    const cases: [string, Promise<Answer>, number, string][] = [
      ['no JSON', post('/api/v1/jobs', '{'), 400, 'invalid-input'],
      ['a form', post('/api/v1/jobs', 'a=b', { 'content-type': 'text/plain' }), 400, 'invalid-input'],
      [
        'zipped',
        post('/api/v1/jobs', '\x1f\x8b', { ...json, 'content-encoding': 'gzip' }),
        400,
        'invalid-input',
      ],
      ['no request', post('/api/v1/jobs', '{}'), 400, 'invalid-input'],
      ['deep', post('/api/v1/jobs', deep), 400, 'invalid-request'],
      [
        'a prototype',
        post('/api/v1/jobs', '{"request":{"__proto__":{"prompt":"x"},"constructor":1}}'),
        400,
        'invalid-request',
      ],
      ['a field too many', post('/api/v1/jobs', '{"request":{"promt":"x"}}'), 400, 'invalid-request'],
      ['NaN', post('/api/v1/jobs', '{"request":{"steps":1e999}}'), 400, 'invalid-request'],
      [
        'a key of control characters',
        post('/api/v1/jobs', '{"request":{}}', { ...json, 'idempotency-key': 'a b' }),
        400,
        'invalid-input',
      ],
      ['no such job', raw(server, { path: '/api/v1/jobs/nothing' }), 404, 'job-not-found'],
      ['no such path', raw(server, { path: '/api/v1/other' }), 404, 'file-not-found'],
      ['another method', raw(server, { path: '/api/v1/jobs', method: 'PUT' }), 404, 'file-not-found'],
    ];
    for (const [name, answer, status, code] of cases)
      expect(await answer, name).toMatchObject({ status, code });
    await stillServes(server);
  });

  it('never takes a name in a request for a path or an address', async () => {
    const server = await startTestServer();
    const refused = async (request: Record<string, unknown>, code: string) => {
      const response = await call(server, '/api/v1/jobs', {
        json: { request: { ...smallRequest, ...request } },
      });
      expect(await response.json(), JSON.stringify(request)).toMatchObject({ error: { code } });
    };
    for (const name of [
      '/etc/passwd',
      '../../token',
      'http://127.0.0.1:1/model',
      'file:///etc/passwd',
      '\\\\host\\share',
    ]) {
      await refused({ model: name }, 'model-not-found');
      await refused({ vae: name }, 'invalid-request');
      await refused({ loras: [{ model: name }] }, 'invalid-request');
      await refused({ embeddings: [name] }, 'invalid-request');
      await refused({ adapters: [{ model: name }] }, 'invalid-request');
      await refused({ image: { picture: name } }, 'invalid-image');
    }
    const { id } = await submit(server);
    await ending(server, id);
    for (const path of [
      '/api/v1/jobs/..%2f..%2ftoken/pictures/0',
      `/api/v1/jobs/${id}/pictures/..%2f..%2f..%2ftoken`,
      `/api/v1/jobs/${id}/pictures/%2e%2e`,
      `/api/v1/jobs/${id}/../../../token`,
      '/api/v1/jobs/%00/result',
      '/../../etc/passwd',
      '/api/v1/jobs/%ff%fe/result',
    ]) {
      const { status, code } = await raw(server, { path });
      expect([400, 404], path).toContain(status);
      expect(code, path).toBeTruthy();
    }
    await stillServes(server);
  });

  it('refuses pictures that would unpack to more than it holds, and more work than it does', async () => {
    const server = await startTestServer({
      limits: { pixels: 128 * 128, steps: 10, count: 2, inputPixels: 256 * 256 },
    });
    const png = Buffer.from(
      encodePng({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) } as Raster),
    );
    png.writeUInt32BE(100_000, 16);
    png.writeUInt32BE(100_000, 20);
    const bomb = png.toString('base64');
    const refused = async (path: string, body: unknown) => {
      const response = await call(server, path, { json: body });
      expect([response.status, await response.json()]).toMatchObject([
        413,
        { error: { code: 'limit-exceeded' } },
      ]);
    };
    const { prompt } = smallRequest;
    // A header that says little, and data that unpack to 256 MB.
    const small = Buffer.from(
      encodePng({ width: 1, height: 1, channels: 1, data: new Uint8Array(1) } as Raster),
    );
    const data = deflateSync(Buffer.alloc(2 ** 28));
    const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('IDAT'), data, Buffer.alloc(4)]);
    chunk.writeUInt32BE(data.length, 0);
    const inner = Buffer.concat([small.subarray(0, 33), chunk, small.subarray(-12)]).toString('base64');
    const inflated = await call(server, '/api/v1/poses/detect', { json: { picture: inner } });
    expect([inflated.status, await inflated.json()]).toMatchObject([
      400,
      { error: { code: 'invalid-image' } },
    ]);
    await refused('/api/v1/poses/detect', { picture: bomb });
    await refused('/api/v1/matte', { picture: bomb });
    await refused('/api/v1/jobs', { request: { prompt, width: 64, height: 64, image: { picture: bomb } } });
    await refused('/api/v1/jobs', { request: { prompt, image: { picture: bomb } } });
    await refused('/api/v1/jobs', { request: { prompt, width: 256, height: 128 } });
    await refused('/api/v1/jobs', { request: { prompt, width: 128, height: 128, detail: { scale: 4 } } });
    await refused('/api/v1/jobs', { request: { prompt, steps: 11 } });
    await refused('/api/v1/jobs', { request: { prompt, count: 3 } });
    const entities =
      '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg><circle id="P00_J00"/>&b;</svg>';
    const response = await call(server, '/api/v1/poses/convert', {
      json: { pose: entities, to: 'openpose' },
    });
    expect(await response.json()).toMatchObject({ error: { code: 'invalid-pose' } });
    await stillServes(server);
  });

  it('cuts off who sends slowly, and garbage', { timeout: 60_000 }, async () => {
    const server = await startTestServer({ limits: { headSeconds: 1, requestSeconds: 2 } });
    const send = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(text));
        let answer = '';
        socket.on('data', (chunk) => {
          answer += String(chunk);
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(answer));
      });
    const head = `POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json\r\n`;
    const answers = await Promise.all([
      send(`GET /api/v1/server HTTP/1.0\r\nAuthorization: Bearer ${server.token}\r\n\r\n`),
      send(
        `GET /api/v1/server HTTP/1.1\r\nHost: \r\nConnection: close\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
      ),
      send(`${head}`),
      send(`${head}Content-Length: 100\r\n\r\n{`),
      send('\x16\x03\x01\x02\x00garbage\r\n\r\n'),
      send(`GET / HTTP/1.1\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`),
    ]);
    const told = answers.map((answer) => [answer.split(' ')[1], /"code":"([^"]+)"/.exec(answer)?.[1]]);
    expect(told).toEqual([
      ['403', 'forbidden'],
      ['403', 'forbidden'],
      ['408', 'timeout'],
      ['408', 'timeout'],
      ['400', 'invalid-input'],
      ['431', 'limit-exceeded'],
    ]);
    await stillServes(server);
  });

  it('ends a job that takes too long', async () => {
    const server = await startTestServer({ stub: { stepMs: 50 }, limits: { jobSeconds: 0.2 } });
    const { id } = await submit(server, { steps: 100 });
    expect(await ending(server, id)).toMatchObject({ state: 'failed', error: { code: 'timeout' } });
    const quick = await submit(server, { steps: 1 });
    expect(await ending(server, quick.id)).toMatchObject({ state: 'done' });
  });
});

describe('the log', () => {
  it.each([false, true])('holds no prompt, picture or token; prompts when asked: %s', async (logPrompts) => {
    let lines = '';
    const log = pino({ level: 'debug' }, { write: (line: string) => (lines += line) });
    const server = await startTestServer({ log, logPrompts });
    const { id } = await submit(server, { prompt: 'a very private thing' });
    await ending(server, id);
    await raw(server, { headers: { authorization: 'Bearer secret-guess' }, withToken: false });
    await server.stop();
    for (const secret of [server.token, 'secret-guess', 'iVBOR', 'keypoints'])
      expect(lines).not.toContain(secret);
    expect(lines.includes('a very private thing')).toBe(logPrompts);
    for (const line of lines.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(lines).toContain(id);
  });
});
