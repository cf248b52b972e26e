import { createPipeline } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { openAdapter, openModel } from '@stable-pose/models';
import { figurineFiles, openSite } from '../../sdk/web/open-site.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { type Bench, type BenchCase, BenchSkip, median } from '../bench-case.ts';
import { people } from '../people.ts';
import { figurineFolder } from './figurine.ts';

const request = {
  prompt: 'a woman in a red dress, a beach',
  poses: people(1, { width: 256, height: 256 }),
  steps: 20,
  guidanceScale: 5,
};
const times = 2;

/** The figurine in a real browser, beside onnxruntime-node in turn with it. */
export const chromiumCases: readonly BenchCase[] = [
  {
    name: 'figurine-chromium',
    what: 'figurine, a 256 x 256 picture in 20 guided steps, Chromium, WASM on one thread in a worker, warm',
    limits: { seconds: 30 },
    run: inChromium,
  },
];

async function inChromium(bench: Bench): Promise<number[]> {
  if (!chromiumPath) throw new BenchSkip('there is no Chromium.');
  const site = await openSite();
  try {
    const tab = await site.open();
    const begin = performance.now();
    const first = await tab.evaluate(
      async ([names, request]) => {
        const files = await page.filesAt('/figurine', names);
        const engine = await page.createWebEngine({ model: { files }, device: 'wasm', threads: 1 });
        Object.assign(globalThis, { engine });
        const { timings } = await engine.generate(request);
        return timings;
      },
      [figurineFiles, { ...request, seed: 0 }] as const,
    );
    const started = ((performance.now() - begin) / 1000).toFixed(1);
    bench.note(
      `the first picture, model fetched and engine started: ${started} s; load ${first.load?.toFixed(1)} s`,
    );
    const drawInNode = await startNode();
    await bench.begin();
    const seconds: number[] = [];
    const nodeSeconds: number[] = [];
    for (let seed = 1; seed <= times; seed++) {
      nodeSeconds.push(await drawInNode.draw(seed));
      seconds.push(
        await tab.evaluate(
          async (request) => {
            const { engine } = globalThis as unknown as {
              engine: Awaited<ReturnType<typeof page.createWebEngine>>;
            };
            const from = performance.now();
            await engine.generate(request);
            return (performance.now() - from) / 1000;
          },
          { ...request, seed },
        ),
      );
    }
    await bench.end();
    await drawInNode.close();
    const [node, web] = [median(nodeSeconds), median(seconds)];
    bench.note(
      `onnxruntime-node on one thread, in turn: ${node.toFixed(1)} s; ${(web / node).toFixed(1)} times as long`,
    );
    return seconds;
  } finally {
    await site.close();
  }
}

/** One thread as well, so that the ratio is that of the two builds. */
async function startNode() {
  const path = figurineFolder();
  const runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  const model = await openModel({ path });
  const adapter = await openAdapter({ path });
  const pipeline = createPipeline({ runtime, model, adapters: { adapter } });
  await pipeline.generate({ ...request, steps: 1 });
  return {
    async draw(seed: number): Promise<number> {
      const from = performance.now();
      await pipeline.generate({ ...request, seed });
      return (performance.now() - from) / 1000;
    },
    async close(): Promise<void> {
      await pipeline.dispose();
      await runtime.dispose();
      await adapter.dispose();
      await model.dispose();
    },
  };
}
