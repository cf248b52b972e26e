import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { makeRandomCheckpoint } from '../../models/src/checkpoint/index.ts';
import { convert } from '../../models/src/convert/convert.ts';
import { openAdapter, openModel } from '../../models/src/on-disk.ts';
import { fed, worstDifference } from './architectures/reference.ts';
import { type Fed, loadModel } from './architectures/run-graph.ts';
import { tinyAdapter, tinyText, tinyUnet, tinyVae } from './architectures/tiny-model.ts';
import { plainRuntime } from './node-runtime.ts';
import { makeTinyFolder } from './tiny-folder.ts';

const tiny = makeTinyFolder();
// Dozens of sessions: slow where other programs hold the cores.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-convert-adapters-'));
afterAll(() => {
  tiny.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const sizes = { unet: tinyUnet, adapter: tinyAdapter, vae: tinyVae, text: tinyText };
const config = { control_config: { params: { num_heads: 4 } } };
const hint: Readonly<Record<string, Fed>> = {
  hint_image: fed(
    [1, 3, 64, 64],
    Float32Array.from({ length: 3 * 4096 }, (_, i) => (Math.sin(i * 1.7) + 1) / 2),
  ),
};

async function hintOutputs(path: string, more: Readonly<Record<string, Fed>>, options: object = {}) {
  const adapter = await openAdapter({ path, ...options });
  const source = await adapter.graph('hint-encoder');
  const graph = await loadModel(source.model, source.externalData);
  const outputs = await graph.run({ ...hint, ...more });
  await graph.release();
  await adapter.dispose();
  return { outputs, config: adapter.config, warnings: adapter.warnings };
}

describe('converting adapters of other kinds beside a model', () => {
  it.each([
    ['controlnet-safetensors', 'controlnet', ['hint-encoder', 'adapter'], {}],
    ['t2i-adapter-pth', 't2i-adapter', ['hint-encoder'], { strength: fed([1], Float32Array.of(1)) }],
  ] as const)(
    '%s is equal to its source, and opens again as what it was',
    async (layout, kind, parts, more) => {
      const path = join(scratch, layout);
      await makeRandomCheckpoint({ layout, out: path, seed: 4, config: sizes });
      const out = join(scratch, `${layout}-converted`);
      const manifest = await convert({
        source: { path: tiny.folder },
        adapter: { path, config },
        out,
        precision: 'fp32',
        parity: { runtime: plainRuntime },
      });
      expect(manifest.adapter).toMatchObject({ kind, hint: { drawing: 'openpose', range: [0, 1] } });
      expect(
        manifest.graphs.filter(({ weights }) => weights === 'adapter.safetensors').map(({ part }) => part),
      ).toEqual(parts.flatMap((part) => [part, part]));
      for (const { part, provider, psnr } of manifest.parity) {
        if (provider === 'cpu') expect(psnr, part).toBeNull();
        else expect(psnr ?? Infinity, part).toBeGreaterThan(90);
      }

      const converted = await hintOutputs(out, more);
      const original = await hintOutputs(path, more, { config });
      for (const [name, { data }] of Object.entries(original.outputs)) {
        expect(worstDifference(converted.outputs[name]!.data, data), name).toBe(0);
      }
      expect(converted.config).toMatchObject({
        ...original.config,
        name: manifest.name,
        licence: manifest.licence,
      });
      expect(converted.warnings?.join()).not.toContain('not known');
      const model = await openModel({ path: out });
      expect(model.warnings?.join()).not.toContain('not known');
      await model.dispose();
      await expect(openAdapter({ path: out, kind: 'stable-pose' })).rejects.toMatchObject({
        code: 'architecture-unsupported',
      });
    },
  );
});
