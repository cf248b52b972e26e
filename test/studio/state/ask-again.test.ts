import { StablePoseError } from '@stable-pose/core';
import { FakeHost, StubEngine } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { Studio } from '../../../packages/studio/src/state/studio.ts';

describe('pictures whose server was lost', () => {
  it('are all asked for again by the one notice that tells of them', async () => {
    const host = new FakeHost();
    host.open({ canvas: { width: 64, height: 64 } });
    const engine = new StubEngine();
    const studio = new Studio({ host, engine, language: 'en' });
    const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 60_000 });
    await eventually(() => studio.engineState.value.kind).toBe('ready');
    await eventually(() => studio.isStarted.value).toBe(true);
    for (const prompt of ['a dancer', 'a runner']) {
      engine.failNext(new StablePoseError('server-unreachable', 'Nobody is there.'));
      studio.change({ prompt, steps: 1 });
      studio.generate();
    }
    await eventually(() => studio.jobs.list.value.length).toBe(0);
    const [notice, ...others] = studio.notices.list.value;
    expect(others).toEqual([]);
    notice.again?.();
    await eventually(() => studio.gallery.results.value.map(({ request }) => request.prompt).sort()).toEqual([
      'a dancer',
      'a runner',
    ]);
    await studio.close();
  });
});
