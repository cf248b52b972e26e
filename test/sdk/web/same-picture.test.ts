import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTinyPipeline, standingPerson, type TinyPipeline } from '../../core/pipeline/tiny-pipeline.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { openSite, type Site } from './open-site.ts';
import { psnr } from './psnr.ts';

const names = ['config.json', 'tokenizer.json', 'tiny.safetensors'];
const request = {
  prompt: 'a person red dress',
  width: 64,
  height: 64,
  steps: 4,
  seed: 21,
  guidanceScale: 5,
  poses: [standingPerson(32, 8, 48)],
};

/**
 * Decibels, at least. The same arithmetic in fp32, summed in another order, differs by 1e-6 of a value in a step, and by one
 * of 255 in a few pixels of the picture; a wrong kernel gives 30 and less.
 */
const leastPsnr = 50;

/** A program imitates the graphics card: it compiles each of some hundred shaders for a second and more. */
const isSlowRun = process.env.STABLE_POSE_SLOW_TESTS !== undefined;

describe.skipIf(!chromiumPath)(
  'the same request on every runtime, the reference model',
  { timeout: 3_600_000 },
  () => {
    let tiny: TinyPipeline;
    let site: Site;
    let expected: Uint8Array;
    beforeAll(async () => {
      tiny = await openTinyPipeline();
      const { pictures } = await tiny.pipeline.generate(request);
      expected = pictures[0]!.raster.data;
      const files = Object.fromEntries(
        names.map((name) => [`/tiny/${name}`, new Uint8Array(readFileSync(join(tiny.folder, name)))]),
      );
      site = await openSite({ files, args: ['--enable-unsafe-webgpu'] });
    }, 300_000);
    afterAll(async () => {
      await site?.close();
      await tiny?.dispose();
    });

    async function inChromium(device: 'wasm' | 'webgpu') {
      const tab = await site.open();
      tab.on('console', (message) => console.log(message.text()));
      const { data, description } = await tab.evaluate(
        async ([device, names, request]) => {
          const files = await page.filesAt('/tiny', names);
          const engine = await page.createWebEngine({ model: { files }, device });
          const { device: description } = await engine.describe();
          const { pictures } = await engine.generate(request, {
            onProgress: ({ stage, secondsElapsed }) => {
              if (device === 'webgpu') console.log(`webgpu: ${stage} after ${secondsElapsed.toFixed(0)} s`);
            },
          });
          await engine.dispose();
          return { data: [...pictures[0].raster.data], description };
        },
        [device, names, request] as const,
      );
      await tab.close();
      return { data, description };
    }

    it('is the same picture in Node and on WASM in Chromium', async () => {
      const { data } = await inChromium('wasm');
      expect(new Set(data).size).toBeGreaterThan(10);
      expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    });

    it.skipIf(!isSlowRun)('is the same picture on WebGPU in Chromium', async () => {
      const { data, description } = await inChromium('webgpu');
      expect(description).toContain('webgpu');
      expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    });
  },
);
