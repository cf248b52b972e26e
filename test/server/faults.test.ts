import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StablePoseError } from '@stable-pose/core';
import { findServer, RemoteEngine, type RemoteEngineOptions } from '@stable-pose/sdk/remote';
import { describe, expect, it } from 'vitest';
import { afterTest, smallRequest, startTestServer } from './start-test-server.ts';

/** Why a call fails: code, reason, and that the message names the remedy. */
async function fault(
  options: RemoteEngineOptions,
): Promise<{ code: string; reason: unknown; message: string }> {
  const engine = new RemoteEngine({ patienceMs: 0, ...options });
  afterTest(() => engine.dispose());
  try {
    await engine.generate(smallRequest);
  } catch (error) {
    const failure = StablePoseError.from(error);
    expect(failure.remedy, failure.message).toBeTruthy();
    expect(failure.message).toContain(failure.remedy);
    return { code: failure.code, reason: failure.details.reason, message: failure.message };
  }
  throw new Error('Nothing went wrong.');
}

/** A port on which something other than our server answers. */
async function other(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer as never);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// Each row of the table in docs/guides/when-something-goes-wrong.md that a program in Node can meet; pages: browser.test.ts.
describe('what goes wrong between client and server is named, with the remedy', () => {
  it('refused', async () => {
    const server = await startTestServer();
    await server.stop();
    expect(await fault(server)).toMatchObject({
      code: 'server-unreachable',
      reason: 'refused',
      message: expect.stringMatching(/Nothing listens at .*stable-pose serve/) as string,
    });
  });

  it('wrong host name', async () => {
    const named = await fault({ url: 'http://no-such-machine.invalid:17325', token: 'x' });
    expect(named).toMatchObject({ code: 'server-unreachable', reason: 'host-not-found' });
    const server = await startTestServer();
    const url = `http://ip6-localhost.localhost:${server.port}`;
    const called = await fault({ url, token: server.token, fetch: rename(server.port, 'other.example') });
    expect(called).toMatchObject({
      code: 'forbidden',
      reason: 'host',
      message: expect.stringMatching(/--host-name/) as string,
    });
  });

  it('no permission', async () => {
    // As a system's firewall says it, and as UXP says it of an address that a plug-in's manifest does not name.
    const system = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('connect EACCES'), { code: 'EACCES' }),
    });
    const uxp = new Error('Permission denied to the url http://127.0.0.1:17325/. Manifest entry not found.');
    for (const thrown of [system, uxp]) {
      const failing = (() => Promise.reject(thrown)) as typeof fetch;
      expect(await fault({ url: 'http://127.0.0.1:17325', token: 'x', fetch: failing })).toMatchObject({
        code: 'server-unreachable',
        reason: 'no-permission',
        message: expect.stringMatching(/manifest/) as string,
      });
    }
  });

  it('401: a wrong token', async () => {
    const server = await startTestServer();
    expect(await fault({ ...server, token: 'wrong' })).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/--new-token/) as string,
    });
  });

  it('version: either side is older', async () => {
    const server = await startTestServer({ protocols: [3, 2] });
    expect(await fault({ ...server, protocols: [1] })).toMatchObject({
      code: 'protocol-mismatch',
      message: expect.stringMatching(/client is older: update the plug-in/) as string,
    });
    expect(await fault({ ...server, protocols: [5, 4] })).toMatchObject({
      code: 'protocol-mismatch',
      message: expect.stringMatching(/server is older: update it/) as string,
    });
    for (const protocols of [
      [2, 1],
      [3, 2],
      [4, 3],
    ]) {
      const engine = new RemoteEngine({ ...server, protocols });
      afterTest(() => engine.dispose());
      expect((await engine.generate(smallRequest)).pictures).toHaveLength(1);
    }
  });

  it('busy', async () => {
    const server = await startTestServer({ limits: { waiting: 0 } });
    expect(await fault({ ...server, whenBusy: 'fail' })).toMatchObject({
      code: 'server-busy',
      message: expect.stringMatching(/Come again in \d+ s/) as string,
    });
  });

  it('no memory, no model', async () => {
    const server = await startTestServer();
    server.engine.failNext(
      new StablePoseError('out-of-memory', 'Memory ran out.', { remedy: 'Ask for smaller pictures.' }),
    );
    expect(await fault(server)).toMatchObject({ code: 'out-of-memory' });
    const engine = new RemoteEngine(server);
    afterTest(() => engine.dispose());
    await expect(engine.generate({ ...smallRequest, model: 'other' })).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/There is: stub/) as string,
    });
  });

  it('timed out', { timeout: 60_000 }, async () => {
    const silent = await other(() => {});
    const engine = new RemoteEngine({ url: silent, token: 'x', patienceMs: 0, answerMs: 500 });
    afterTest(() => engine.dispose());
    await expect(engine.describe()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/did not answer in time.*firewall/) as string,
    });
  });

  it('another program on the port', async () => {
    const url = await other((_, response) => response.end('<html>hello</html>'));
    expect(await fault({ url, token: 'x' })).toMatchObject({
      code: 'server-unreachable',
      reason: 'not-a-server',
    });
    const angry = await other((_, response) => response.writeHead(500).end('no'));
    expect(await fault({ url: angry, token: 'x' })).toMatchObject({
      code: 'server-unreachable',
      reason: 'not-a-server',
    });
    const elsewhere = await other((_, response) =>
      response.writeHead(302, { location: 'http://example.invalid/' }).end(),
    );
    // The token does not travel where an answer points.
    expect(await fault({ url: elsewhere, token: 'x' })).toMatchObject({ code: 'server-unreachable' });
  });

  it('an address that is none', () => {
    for (const url of ['', 'ftp://x', 'http://', 'http://a b']) {
      expect(() => new RemoteEngine({ url, token: 'x' }), url).toThrow(
        expect.objectContaining({ code: 'invalid-input' }) as Error,
      );
    }
    expect(() => new RemoteEngine({ url: '127.0.0.1:17325', token: 'x' })).not.toThrow();
  });

  it('the first server that answers at the known ports is found', async () => {
    const server = await startTestServer();
    expect(await findServer({ ports: [1, server.port] })).toBe(server.url);
    expect(await findServer({ ports: [1] })).toBeUndefined();
  });
});

/** Calls 127.0.0.1 under another name, as a name that points there would. */
function rename(port: number, host: string): typeof fetch {
  return async (input, init) => {
    const { request } = await import('node:http');
    const { pathname } = new URL(String(input));
    return new Promise<Response>((resolve, reject) => {
      const headers = { ...(init?.headers as Record<string, string>), host };
      const sent = request(
        { host: '127.0.0.1', port, path: pathname, method: init?.method, headers },
        (answer) => {
          let text = '';
          answer.on('data', (chunk) => {
            text += String(chunk);
          });
          answer.on('end', () => resolve(new Response(text, { status: answer.statusCode })));
        },
      );
      sent.on('error', reject);
      sent.end(init?.body as string | undefined);
    });
  };
}
