import { serverPorts } from '@stable-pose/sdk/remote';
import { describe, expect, it } from 'vitest';
import { findLocalServer } from '../../packages/figma-plugin/src/ui/find-local-server.ts';

describe('looking for the server from a page without an origin', () => {
  it('takes the first port that takes the token', async () => {
    const asked: string[] = [];
    const fetchLike: typeof fetch = async (input, init) => {
      const url = String(input);
      asked.push(url);
      if (url.includes(`:${serverPorts[0]}/`)) throw new TypeError('Failed to fetch');
      const isTaken = new Headers(init?.headers).get('authorization') === 'Bearer secret';
      return new Response('{}', { status: isTaken && url.includes(`:${serverPorts[2]}/`) ? 200 : 401 });
    };
    const options = { token: 'secret', fetch: fetchLike };
    expect(await findLocalServer(options)).toBe(`http://localhost:${serverPorts[2]}`);
    expect(asked).toEqual(serverPorts.map((port) => `http://localhost:${port}/api/v1/server`));
    expect(await findLocalServer({ ...options, token: 'other' })).toBeUndefined();
  });
});
