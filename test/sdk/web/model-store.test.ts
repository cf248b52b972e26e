import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../../support/open-chromium.ts';
import { openSite, type Site } from './open-site.ts';

/** Two pieces and a bit of another. */
const large = randomBytes(40 * 1024 * 1024);
const sha256 = createHash('sha256').update(large).digest('hex');
const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(!chromiumPath)('the store of models in a page', { timeout: 300_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite({
      files: {
        '/models/large.safetensors': large,
        '/models/config.json': { text: '{"name":"Large"}' },
        '/other/large.safetensors': large,
      },
    });
  }, 120_000);
  afterAll(() => site?.close());

  it('streams a model into the private file system, with what lies beside it, and finds it again', async () => {
    const tab = await site.open();
    const stored = await tab.evaluate(async (sha256) => {
      const store = await page.openWebModelStore();
      const stages = new Set<string>();
      let last = { bytes: 0 };
      const model = await store.pull(
        { from: 'url', url: '/models/large.safetensors', sha256 },
        {
          onProgress: (progress) => {
            stages.add(progress.stage);
            last = progress;
          },
        },
      );
      return { kind: store.kind, model, stages: [...stages], last };
    }, sha256);
    expect(stored.kind).toBe('opfs');
    expect(stored.stages).toEqual(['list', 'fetch']);
    expect(stored.model).toMatchObject({
      name: 'large',
      isComplete: true,
      bytes: large.length + 16,
      totalBytes: large.length + 16,
    });
    expect(stored.last.bytes).toBe(large.length + 16);
    await tab.close();

    const again = await site.open();
    const before = site.server.requests.length;
    const found = await again.evaluate(async () => {
      const store = await page.openWebModelStore();
      const [model] = await store.list();
      const files = await store.files(model.id);
      const bytes = await files['large.safetensors'].arrayBuffer();
      const digest = await crypto.subtle.digest('SHA-256', bytes);
      const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const pulledAgain = await store.pull({ from: 'url', url: '/models/large.safetensors' });
      await store.remove(model.id);
      const usage = await store.usage();
      return { names: Object.keys(files).sort(), hash, pulledAgain, left: await store.list(), usage };
    });
    expect(found.names).toEqual(['config.json', 'large.safetensors']);
    expect(found.hash).toBe(sha256);
    expect(found.pulledAgain.isComplete).toBe(true);
    expect(found.left).toEqual([]);
    expect(found.usage.usedBytes).toBe(0);
    expect(site.server.requests.slice(before).filter(({ path }) => path.startsWith('/models/'))).toEqual([]);
    await again.close();
  });

  it('goes on where a connection broke, by itself', async () => {
    const tab = await site.open();
    site.server.breakNext('/models/large.safetensors', 21_000_000);
    const before = site.server.requests.length;
    const model = await tab.evaluate(async (sha256) => {
      const store = await page.openWebModelStore({ name: 'broken' });
      return store.pull({ from: 'url', url: '/models/large.safetensors', sha256 });
    }, sha256);
    expect(model.isComplete).toBe(true);
    const [first, second] = site.server.requests
      .slice(before)
      .filter(({ path }) => path === '/models/large.safetensors');
    expect(first).toMatchObject({ status: 200 });
    expect(second).toMatchObject({ status: 206 });
    expect(Number(/\d+/.exec(second?.range ?? '')?.[0])).toBeGreaterThan(16_000_000);
    await tab.close();
  });

  it('pauses, and another page goes on', async () => {
    const tab = await site.open();
    const paused = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'paused' });
      const controller = new AbortController();
      const failure = await page.failure(
        store.pull(
          { from: 'url', url: '/models/large.safetensors' },
          {
            signal: controller.signal,
            onProgress: ({ bytes }) => {
              if (bytes > 5_000_000) controller.abort();
            },
          },
        ),
      );
      return { failure, list: await store.list() };
    });
    expect(paused.failure).toMatchObject({ code: 'cancelled' });
    expect(paused.list).toMatchObject([{ isComplete: false }]);
    expect(paused.list[0]!.bytes).toBeGreaterThan(4_000_000);
    await tab.close();
    const before = site.server.requests.length;
    const next = await site.open();
    const done = await next.evaluate(async (sha256) => {
      const store = await page.openWebModelStore({ name: 'paused' });
      return store.pull({ from: 'url', url: '/models/large.safetensors', sha256 });
    }, sha256);
    expect(done.isComplete).toBe(true);
    const asked = site.server.requests.slice(before).filter(({ path }) => path.startsWith('/models/'));
    expect(asked).toMatchObject([{ path: '/models/large.safetensors', status: 206 }]);
    await next.close();
  });

  it('begins anew when the file became another one, and removes one with a wrong hash', async () => {
    const tab = await site.open();
    const fresh = randomBytes(9_000_000);
    const result = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'changed' });
      const controller = new AbortController();
      const onProgress = ({ bytes }: { bytes: number }) => {
        if (bytes > 2_000_000) controller.abort();
      };
      await page.failure(
        store.pull(
          { from: 'url', url: '/other/large.safetensors' },
          { signal: controller.signal, onProgress },
        ),
      );
      return store.list();
    });
    expect(result).toMatchObject([{ isComplete: false }]);
    site.server.put('/other/large.safetensors', fresh);
    const [hash, wrong] = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'changed' });
      const { id } = await store.pull({ from: 'url', url: '/other/large.safetensors' });
      const bytes = await (await store.files(id))['large.safetensors'].arrayBuffer();
      const other = await page.openWebModelStore({ name: 'wrong' });
      const wrong = await page.failure(
        other.pull({ from: 'url', url: '/other/large.safetensors', sha256: '0'.repeat(64) }),
      );
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return [[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''), wrong] as const;
    });
    expect(hash).toBe(sum(fresh));
    expect(wrong).toMatchObject({ code: 'model-corrupt' });
    await tab.close();
  });

  it('says before the download that there is no room, and while it goes on', async () => {
    const tab = await site.open();
    const session = await tab.context().newCDPSession(tab);
    const origin = site.server.url;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 150_000_000 });
    const used = await tab.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: used + 20_000_000 });
    const { before, during } = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'full' });
      const pull = () => page.failure(store.pull({ from: 'url', url: '/models/large.safetensors' }));
      // Chromium tells every page of ten gigabytes, whatever there is: it is found out by writing.
      const during = await pull();
      for (const { id } of await store.list()) await store.remove(id);
      // Other browsers tell.
      navigator.storage.estimate = async () => ({ usage: 2_000_000, quota: 22_000_000 });
      return { before: await pull(), during };
    });
    expect(during).toMatchObject({ code: 'storage-full' });
    expect(during?.message).toContain('the browser gives this page no more room');
    expect(before).toMatchObject({ code: 'storage-full' });
    expect(before?.message).toMatch(
      /^The model needs 41.9 MB more; the browser gives this page 20.0 MB. Remove/,
    );
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await tab.close();
  });

  it('fetches what a model needs from a hub, and says what is not there', async () => {
    const small = new TextEncoder().encode('{}');
    const listing = [
      { type: 'file', oid: 'aa', path: 'README.md', size: 2 },
      { type: 'file', oid: 'bb', path: 'other.bin', size: 9 },
      {
        type: 'file',
        oid: 'cc',
        path: 'model.safetensors',
        size: large.length,
        lfs: { oid: sha256, size: large.length, pointerSize: 1 },
      },
    ];
    site.server.put('/api/models/someone/model/tree/main', {
      text: JSON.stringify(listing),
      type: 'application/json',
    });
    site.server.put('/someone/model/resolve/main/README.md', small);
    site.server.put('/someone/model/resolve/main/model.safetensors', large);
    const tab = await site.open();
    const { model, names, missing } = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'hub', hubUrl: location.origin });
      const model = await store.pull({ from: 'hub', repository: 'someone/model' });
      const names = Object.keys(await store.files(model.id));
      const missing = await page.failure(store.pull({ from: 'hub', repository: 'no/one' }));
      return { model, names, missing };
    });
    expect(model).toMatchObject({ name: 'model', isComplete: true, totalBytes: large.length + 2 });
    expect(names).toEqual(['README.md', 'model.safetensors']);
    expect(missing).toMatchObject({ code: 'model-not-found' });
    await tab.close();
  });

  it('takes dropped files, and refuses what is no address or not there', async () => {
    const tab = await site.open();
    const { model, names, failures } = await tab.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'dropped' });
      const files = [
        new File(['{}'], 'config.json'),
        new File([new Uint8Array(100)], 'My Model.safetensors'),
      ];
      const model = await store.pull({ from: 'files', files });
      const names = Object.keys(await store.files(model.id));
      const pull = (url: string) => page.failure(store.pull({ from: 'url', url }));
      const failures = [
        await pull('http://example.org/a.safetensors'),
        await pull('/nothing/a.safetensors'),
        await pull('/nothing/'),
        await page.failure(store.pull({ from: 'path', path: '/models/a.ckpt' })),
        await page.failure(store.files('nobody')),
      ];
      return { model, names, failures: failures.map((failure) => failure?.code) };
    });
    expect(model).toMatchObject({ name: 'My Model', isComplete: true, bytes: 102 });
    expect(model.id).toMatch(/^my-model-[0-9a-f]{8}$/);
    expect(names).toEqual(['config.json', 'My Model.safetensors']);
    expect(failures).toEqual([
      'invalid-input',
      'model-not-found',
      'model-not-found',
      'not-supported',
      'model-not-found',
    ]);
    await tab.close();
  });
});
