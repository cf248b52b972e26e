import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { convert } from '../../models/src/convert/convert.ts';
import { psnrOf } from '../../models/src/convert/parity.ts';
import { verifyConverted } from '../../models/src/convert/verify-converted.ts';
import { openAdapter, openModel } from '../../models/src/on-disk.ts';
import { fed, fedFrom, referenceTensors, tolerance, worstDifference } from './architectures/reference.ts';
import { loadModel } from './architectures/run-graph.ts';
import { plainRuntime } from './node-runtime.ts';
import { makeTinyFolder } from './tiny-folder.ts';

const tiny = makeTinyFolder();
// Dozens of sessions: slow where other programs hold the cores.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-convert-'));
afterAll(() => {
  tiny.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const source = { path: tiny.folder };
const reference = referenceTensors('07_vae/vae.safetensors');

describe('convert', () => {
  it('fp32: a folder of graphs, weights, tokenizer and manifest, equal to its source to the bit', async () => {
    const out = join(scratch, 'fp32');
    const manifest = await convert({ source, out, precision: 'fp32', parity: { runtime: plainRuntime } });
    expect(manifest.parity.map(({ part, provider }) => `${part} ${provider}`)).toEqual(
      ['text-encoder', 'unet', 'vae-decoder', 'vae-encoder', 'hint-encoder', 'adapter'].flatMap((part) => [
        `${part} cpu`,
        `${part} webgpu`,
      ]),
    );
    for (const { part, provider, psnr } of manifest.parity) {
      // Attention that is written out sums in another order.
      if (provider === 'cpu') expect(psnr, part).toBeNull();
      else expect(psnr ?? Infinity, part).toBeGreaterThan(100);
    }
    expect(manifest.parity.some(({ psnr }) => psnr !== null)).toBe(true);
    expect(readdirSync(out).sort()).toEqual(
      [...manifest.files.map(({ path }) => path), 'stable-pose-model.json'].sort(),
    );
    expect(await verifyConverted(out)).toEqual(JSON.parse(JSON.stringify(manifest)));
  });

  it('a written graph runs from its file alone, with the weights beside it', async () => {
    const out = join(scratch, 'fp32');
    const graph = await loadModel(readFileSync(join(out, 'vae-decoder.onnx')), [
      { kind: 'file', location: 'vae.safetensors', path: join(out, 'vae.safetensors') },
    ]);
    const { image } = await graph.run({ latents: fedFrom(reference, 'z') });
    expect(worstDifference(image!.data, reference.data('decoded'))).toBeLessThan(
      tolerance('07.decode', '07 dec'),
    );
  });

  it('is opened again like any model, adapter included', async () => {
    const out = join(scratch, 'fp32');
    const [model, original] = [await openModel({ path: out }), await openModel(source)];
    expect(model.config).toEqual(original.config);
    expect(model.tokenizer).toEqual(original.tokenizer);
    const [adapter, originalAdapter] = [await openAdapter({ path: out }), await openAdapter(source)];
    expect(adapter.config).toEqual(originalAdapter.config);
    const graph = await model.graph('text-encoder', { clipSkip: 2 });
    const loaded = await loadModel(graph.model, graph.externalData);
    const { text_embedding: embedding } = await loaded.run({
      input_ids: fed([1, 5], Int32Array.of(998, 1, 2, 3, 999)),
    });
    expect(embedding!.dims).toEqual([1, 5, 48]);
    for (const opened of [model, original, adapter, originalAdapter]) await opened.dispose();
  });

  it('fp16: half the bytes, every graph near its source, and converting again gives the same bytes', async () => {
    const out = join(scratch, 'fp16');
    const manifest = await convert({
      source,
      out,
      precision: 'fp16',
      licence: 'Apache-2.0',
      parity: { runtime: plainRuntime },
    });
    for (const { part, psnr } of manifest.parity) expect(psnr ?? Infinity, part).toBeGreaterThan(45);
    expect(manifest.licence).toBe('Apache-2.0');
    const bytes = (files: typeof manifest.files) =>
      files.find(({ path }) => path === 'unet.safetensors')!.bytes;
    const whole = JSON.parse(readFileSync(join(scratch, 'fp32/stable-pose-model.json'), 'utf8'));
    expect(bytes(manifest.files) / bytes(whole.files)).toBeLessThan(0.6);
    const again = await convert({
      source: { path: out },
      out: join(scratch, 'fp16-again'),
      precision: 'fp16',
    });
    expect(again.files).toEqual(manifest.files);
  });

  it('fails when the graph of one provider alone is farther from its source than is asked', async () => {
    // Equal to the bit on the CPU, so that only what is written for webgpu can be too far.
    const parity = { runtime: plainRuntime, minimumPsnr: 1000 };
    const out = join(scratch, 'webgpu-too-far');
    await expect(convert({ source, out, precision: 'fp32', parity })).rejects.toMatchObject({
      code: 'model-corrupt',
      message: expect.stringContaining('for webgpu differs too much'),
      details: { provider: 'webgpu' },
    });
    expect(existsSync(out)).toBe(false);
  });

  it('fails when a graph is farther from its source than is asked, and leaves nothing', async () => {
    const out = join(scratch, 'too-far');
    const parity = { runtime: plainRuntime, minimumPsnr: 200 };
    await expect(convert({ source, out, precision: 'fp16', parity })).rejects.toMatchObject({
      code: 'model-corrupt',
    });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(scratch).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('a cancelled conversion leaves nothing', async () => {
    const out = join(scratch, 'cancelled');
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(
      convert({ source, out, precision: 'fp32', signal: controller.signal, onProgress }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(scratch).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('does not overwrite a folder unasked', async () => {
    const out = join(scratch, 'fp32');
    await expect(convert({ source, out, precision: 'fp32' })).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('replaces a folder when asked, and clears away what a killed conversion left', async () => {
    const out = join(scratch, 'again');
    const abandoned = join(scratch, '.again.999999999.partial');
    mkdirSync(abandoned);
    mkdirSync(out);
    writeFileSync(join(out, 'old.txt'), 'old');
    await convert({ source, out, precision: 'fp16', overwrite: true });
    expect(existsSync(abandoned)).toBe(false);
    expect(existsSync(join(out, 'old.txt'))).toBe(false);
    expect(existsSync(join(out, 'stable-pose-model.json'))).toBe(true);
    expect(readdirSync(scratch).filter((name) => name.startsWith('.again'))).toEqual([]);
  });

  it('never takes a half-written or damaged folder for whole', async () => {
    const half = join(scratch, 'half');
    mkdirSync(half);
    writeFileSync(join(half, '.stable-pose-incomplete'), '');
    await expect(openModel({ path: half })).rejects.toMatchObject({ code: 'model-corrupt' });

    const out = join(scratch, 'damaged');
    await convert({ source, out, precision: 'fp16' });
    const file = join(out, 'unet.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(verifyConverted(out)).rejects.toMatchObject({
      code: 'model-corrupt',
      details: { files: ['unet.safetensors'] },
    });
    writeFileSync(file, bytes.subarray(0, -4));
    await expect(openModel({ path: out })).rejects.toMatchObject({ code: 'model-corrupt' });
    rmSync(join(out, 'vae.safetensors'));
    await expect(openAdapter({ path: out })).rejects.toMatchObject({ code: 'model-corrupt' });
  });
});

describe('psnrOf', () => {
  it('is range against rms difference in decibels; null when equal; minus infinity with NaN', () => {
    const expected = Float32Array.of(0, 1, 2, 10);
    expect(psnrOf(expected, expected.slice())).toBeNull();
    // Every value off by 0.1, over a range of 10: 20 log10(100) = 40 dB.
    expect(
      psnrOf(
        expected,
        expected.map((value) => value + 0.1),
      ),
    ).toBeCloseTo(40, 3);
    expect(psnrOf(expected, Float32Array.of(0, 1, 2, Number.NaN))).toBe(-Infinity);
  });
});
