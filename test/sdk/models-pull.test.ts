import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PullProgress } from '@stable-pose/sdk';
import { type ModelFolderOptions, openModelFolder } from '@stable-pose/sdk/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HubServer, sha256, startHub } from './support/hub-server.ts';

const bytesOf = (length: number, seed: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 255));

const unet = bytesOf(300_000, 1);
const repository = {
  'model_index.json': Buffer.from('{}'),
  'README.md': Buffer.from('# A model\n'),
  'tokenizer/vocab.json': Buffer.from('{"a":1}'),
  'unet/config.json': Buffer.from('{"c":2}'),
  'unet/diffusion_pytorch_model.safetensors': unet,
  'unet/diffusion_pytorch_model.bin': bytesOf(5000, 2),
  'unet/diffusion_pytorch_model.fp16.safetensors': bytesOf(6000, 3),
  'vae/diffusion_pytorch_model.safetensors': bytesOf(70_000, 4),
  'safety_checker/model.safetensors': bytesOf(8000, 5),
};
const main = 'unet/diffusion_pytorch_model.safetensors';
const fromHub = { from: 'hub', repository: 'owner/model' } as const;

let hub: HubServer;
let folder: string;
beforeEach(async () => {
  hub = await startHub(repository);
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-models-'));
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const store = (options: ModelFolderOptions = {}) =>
  openModelFolder({ folder, hubUrl: hub.url, token: '', firstWaitMs: 5, ...options });

const pulled = (path: string) => readFileSync(join(folder, 'owner--model', path));

describe('pulling from a hub', () => {
  it('fetches the parts of a diffusers folder that are read, each once, and nothing else', async () => {
    const told: PullProgress[] = [];
    const model = await store().pull(fromHub, { onProgress: (progress) => told.push(progress) });
    expect(model).toMatchObject({ id: 'owner--model', name: 'owner/model', isComplete: true });
    expect(model.bytes).toBe(model.totalBytes);
    expect(pulled(main).equals(unet)).toBe(true);
    const paths = readdirSync(join(folder, 'owner--model'), { recursive: true }).map(String);
    expect(paths.filter((path) => /\.(safetensors|bin)$/.test(path)).sort()).toEqual([
      main,
      'vae/diffusion_pytorch_model.safetensors',
    ]);
    expect(paths.filter((path) => /part|lock/.test(path))).toEqual([]);
    expect(told[0].stage).toBe('list');
    expect(told.at(-1)?.bytes).toBe(told.at(-1)?.totalBytes);
    const counts = told.map(({ bytes }) => bytes);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });

  it('takes a variant, and files by pattern', async () => {
    await store({ variant: 'fp16' }).pull(fromHub);
    expect(existsSync(join(folder, 'owner--model/unet/diffusion_pytorch_model.fp16.safetensors'))).toBe(true);
    expect(existsSync(join(folder, 'owner--model', main))).toBe(false);
    const model = await store().pull({ ...fromHub, revision: 'v1', files: ['vae/*', '**/*.json'] });
    expect(model.id).toBe('owner--model@v1');
    expect(existsSync(join(folder, 'owner--model@v1/tokenizer/vocab.json'))).toBe(true);
    expect(existsSync(join(folder, 'owner--model@v1', main))).toBe(false);
  });

  it('goes on where a broken connection left off, by itself', async () => {
    hub.files.set('only.txt', Buffer.from('x'));
    hub.faults.push({ kind: 'break', after: 100_000 }, { kind: 'break', after: 50_000 });
    await store().pull({ ...fromHub, files: [main] });
    expect(pulled(main).equals(unet)).toBe(true);
    const [first, second, third] = hub.requests;
    expect(first).toBe(main);
    // How much of what was sent arrives before the end is the system's business; to go on from there is ours.
    expect(second).toMatch(new RegExp(`^${main} bytes=\\d+-$`));
    expect(Number(/\d+(?=-$)/.exec(third)?.[0])).toBeGreaterThanOrEqual(
      Number(/\d+(?=-$)/.exec(second)?.[0]),
    );
  });

  it('goes on in another run after it was cancelled', async () => {
    hub.faults.push({ kind: 'stall', after: 120_000 });
    const controller = new AbortController();
    const first = store().pull(
      { ...fromHub, files: [main] },
      {
        signal: controller.signal,
        onProgress: ({ bytes }) => {
          if (bytes >= 100_000) controller.abort();
        },
      },
    );
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const [half] = await store().list();
    expect(half).toMatchObject({ id: 'owner--model', isComplete: false, totalBytes: unet.length });
    expect(half.bytes).toBeGreaterThan(0);
    const model = await store().pull({ ...fromHub, files: [main] });
    expect(model.isComplete).toBe(true);
    expect(pulled(main).equals(unet)).toBe(true);
    expect(hub.requests.at(-1)).toBe(`${main} bytes=${half.bytes}-`);
  });

  it('gives a connection up that brings nothing', async () => {
    hub.faults.push({ kind: 'stall', after: 1000 });
    await store({ stallMs: 200 }).pull({ ...fromHub, files: [main] });
    expect(pulled(main).equals(unet)).toBe(true);
  });

  it('begins anew where the server cannot begin in the middle', async () => {
    hub.faults.push({ kind: 'break', after: 100_000 }, { kind: 'ignore-range' });
    await store().pull({ ...fromHub, files: [main] });
    expect(pulled(main).equals(unet)).toBe(true);
  });

  it('begins anew when the file became another one meanwhile', async () => {
    hub.faults.push({ kind: 'stall', after: 120_000 });
    const controller = new AbortController();
    const options = {
      signal: controller.signal,
      onProgress: ({ bytes }: PullProgress) => {
        if (bytes >= 100_000) controller.abort();
      },
    };
    const first = store().pull({ ...fromHub, files: [main] }, options);
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    const other = bytesOf(300_000, 9);
    hub.files.set(main, other);
    await store().pull({ ...fromHub, files: [main] });
    expect(pulled(main).equals(other)).toBe(true);
  });

  it('fetches nothing twice', async () => {
    await store().pull(fromHub);
    const before = hub.requests.length;
    await store().pull(fromHub);
    expect(hub.requests).toHaveLength(before);
  });

  it('removes a file whose hash is wrong, and says so', async () => {
    hub.faults.push({ kind: 'wrong-bytes' });
    const wrong = store().pull({ ...fromHub, files: [main] });
    await expect(wrong).rejects.toMatchObject({
      code: 'model-corrupt',
      message: expect.stringMatching(/hash/),
    });
    expect(existsSync(join(folder, 'owner--model', main))).toBe(false);
    expect(existsSync(join(folder, 'owner--model', `${main}.part`))).toBe(false);
    expect((await store().list())[0].isComplete).toBe(false);
    await store().pull({ ...fromHub, files: [main] });
    expect(pulled(main).equals(unet)).toBe(true);
  });

  it('checks small files too, by what git names them', async () => {
    hub.faults.push({ kind: 'wrong-bytes' });
    const wrong = store().pull({ ...fromHub, files: ['unet/config.json'] });
    await expect(wrong).rejects.toMatchObject({ code: 'model-corrupt' });
  });

  it('waits when it is told to, and gives up after some attempts', async () => {
    hub.faults.push({ kind: 'status', status: 429, retryAfter: 0 }, { kind: 'status', status: 503 });
    await store().pull({ ...fromHub, files: ['README.md'] });
    for (let i = 0; i < 3; i++) hub.faults.push({ kind: 'status', status: 503 });
    const failed = store({ attempts: 3 }).pull({ ...fromHub, files: ['unet/config.json'] });
    await expect(failed).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/503.*Try again: it goes on from there/),
    });
  });

  it('explains what the hub refuses', async () => {
    await expect(store().pull({ from: 'hub', repository: 'owner/other' })).rejects.toMatchObject({
      code: 'model-not-found',
    });
    await expect(store().pull({ ...fromHub, revision: 'v9' })).rejects.toMatchObject({
      code: 'model-not-found',
    });
    await expect(store().pull({ from: 'hub', repository: '../x' })).rejects.toMatchObject({
      code: 'invalid-input',
    });
    hub.token = 'hf_right';
    await expect(store({ token: 'hf_wrong' }).pull(fromHub)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/HF_TOKEN/),
    });
    expect((await store({ token: 'hf_right' }).pull({ ...fromHub, files: ['README.md'] })).isComplete).toBe(
      true,
    );
    const gone = openModelFolder({ folder, hubUrl: 'http://127.0.0.1:9', attempts: 1 });
    await expect(gone.pull(fromHub)).rejects.toMatchObject({ code: 'download-failed' });
  });

  it('says which checkpoints there are when more than one could be meant', async () => {
    hub.files.clear();
    hub.files.set('a.safetensors', bytesOf(2000, 1));
    hub.files.set('b.safetensors', bytesOf(2000, 2));
    await expect(store().pull(fromHub)).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringMatching(/a\.safetensors, b\.safetensors.*Name the files/),
    });
    hub.files.delete('b.safetensors');
    expect((await store().pull(fromHub)).isComplete).toBe(true);
  });

  it('lets no file out of its folder', async () => {
    hub.files.set('../../outside.txt', Buffer.from('x'));
    await expect(store().pull({ ...fromHub, files: ['**'] })).rejects.toMatchObject({
      code: 'model-corrupt',
    });
    expect(existsSync(join(folder, '..', 'outside.txt'))).toBe(false);
  });

  it('says with numbers that the disk has no room, before the first byte', async () => {
    hub.announced.set(main, 1e15);
    await expect(store().pull({ ...fromHub, files: [main] })).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/1,000,000,000 MB are still to come, and [\d,]+ MB are free/),
    });
    expect(hub.requests).toEqual([]);
  });

  it.runIf(existsSync('/dev/full'))(
    'says that the disk became full, and goes on when there is room',
    async () => {
      const part = join(folder, 'owner--model', `${main}.part`);
      mkdirSync(join(part, '..'), { recursive: true });
      symlinkSync('/dev/full', part);
      await expect(store().pull({ ...fromHub, files: [main] })).rejects.toMatchObject({
        code: 'disk-full',
        message: expect.stringMatching(/goes on from there/),
      });
      rmSync(part);
      await store().pull({ ...fromHub, files: [main] });
      expect(pulled(main).equals(unet)).toBe(true);
    },
  );

  it('keeps a second process away, and takes over from one that ended', async () => {
    mkdirSync(join(folder, 'owner--model'));
    const lock = join(folder, 'owner--model/.stable-pose-pull.lock');
    writeFileSync(lock, String(process.pid));
    await expect(store().pull(fromHub)).rejects.toMatchObject({ code: 'write-failed' });
    // Far above any process id.
    writeFileSync(lock, '2147483646');
    expect((await store().pull(fromHub)).isComplete).toBe(true);
  });
});

describe('pulling from an address', () => {
  it('fetches one file, verified by the hash that is given', async () => {
    const url = `${hub.url}/plain/unet/diffusion_pytorch_model.safetensors`;
    const wrong = store().pull({ from: 'url', url, sha256: 'a'.repeat(64) });
    await expect(wrong).rejects.toMatchObject({ code: 'model-corrupt' });
    const model = await store().pull({ from: 'url', url, sha256: sha256(unet) });
    expect(model).toMatchObject({ id: 'diffusion_pytorch_model', isComplete: true, bytes: unet.length });
    await expect(store().pull({ from: 'url', url, sha256: 'xyz' })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('fetches a converted folder by its manifest, the manifest last', async () => {
    const weights = bytesOf(5000, 7);
    const manifest = Buffer.from(
      JSON.stringify({ files: [{ path: 'unet.safetensors', bytes: 5000, sha256: sha256(weights) }] }),
    );
    hub.files.set('mine/unet.safetensors', weights);
    hub.files.set('mine/stable-pose-model.json', manifest);
    const model = await store().pull({ from: 'url', url: `${hub.url}/plain/mine/` });
    expect(model).toMatchObject({ id: 'mine', isComplete: true });
    expect(readFileSync(join(folder, 'mine/unet.safetensors')).equals(weights)).toBe(true);
    expect(hub.requests.at(-1)).toBe('mine/stable-pose-model.json');
  });

  it('takes https only, but for this machine', async () => {
    for (const url of ['http://example.org/x.safetensors', 'ftp://example.org/x', 'nonsense']) {
      await expect(store().pull({ from: 'url', url })).rejects.toMatchObject({ code: 'invalid-input' });
    }
  });
});

describe('pulling from a folder of this machine', () => {
  it('copies what a model needs, and checks it by its manifest', async () => {
    const source = mkdtempSync(join(tmpdir(), 'stable-pose-source-'));
    try {
      const weights = bytesOf(5000, 7);
      const manifest = { files: [{ path: 'unet.safetensors', bytes: 5000, sha256: sha256(weights) }] };
      writeFileSync(join(source, 'unet.safetensors'), weights);
      writeFileSync(join(source, 'stable-pose-model.json'), JSON.stringify(manifest));
      const model = await store().pull({ from: 'path', path: source });
      expect(model.isComplete).toBe(true);
      writeFileSync(join(source, 'unet.safetensors'), bytesOf(5000, 8));
      await store().remove(model.id);
      await expect(store().pull({ from: 'path', path: source })).rejects.toMatchObject({
        code: 'model-corrupt',
      });
      await expect(store().pull({ from: 'path', path: `${source}-x` })).rejects.toMatchObject({
        code: 'file-not-found',
      });
    } finally {
      rmSync(source, { recursive: true, force: true });
    }
  });
});

describe('a folder of models', () => {
  it('lists what was pulled and what people put there, and removes', async () => {
    writeFileSync(join(folder, 'mine.safetensors'), bytesOf(100, 1));
    writeFileSync(join(folder, 'notes.txt'), 'x');
    const models = store();
    await models.pull({ ...fromHub, files: ['README.md'] });
    expect((await models.list()).map(({ id }) => id)).toEqual(['mine.safetensors', 'owner--model']);
    expect(models.pathOf('owner--model')).toBe(join(folder, 'owner--model'));
    const { usedBytes, availableBytes } = await models.usage();
    expect(usedBytes).toBe(100 + repository['README.md'].length);
    expect(availableBytes).toBeGreaterThan(0);
    await models.remove('owner--model');
    await models.remove('owner--model');
    expect(() => models.pathOf('owner--model')).toThrow(expect.objectContaining({ code: 'model-not-found' }));
    expect(() => models.pathOf('../x')).toThrow(expect.objectContaining({ code: 'model-not-found' }));
    expect((await models.list()).map(({ id }) => id)).toEqual(['mine.safetensors']);
  });

  it('is empty where there is no folder yet', async () => {
    expect(await openModelFolder({ folder: join(folder, 'not', 'yet') }).list()).toEqual([]);
  });
});
