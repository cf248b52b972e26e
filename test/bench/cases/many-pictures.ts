import { createPipeline } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { openAdapter, openModel } from '@stable-pose/models';
import type { BenchCase } from '../bench-case.ts';
import { people } from '../people.ts';
import { ProcessWatch } from '../process-watch.ts';
import { figurineFolder } from './figurine.ts';

const pictures = 200;
/** So many, early and at the end, are compared. */
const watched = 20;

export const manyPicturesCases: readonly BenchCase[] = [
  {
    name: 'many-pictures',
    what: `${pictures} pictures of the figurine one after the other, 256 x 256, 2 guided steps: is memory flat?`,
    full: true,
    run: async (bench) => {
      const path = figurineFolder();
      const model = await openModel({ path });
      const adapter = await openAdapter({ path });
      const runtime = await createNodeRuntime({ device: 'cpu' });
      const pipeline = createPipeline({ runtime, model, adapters: { adapter } });
      const { width, height } = model.config.nativeSize;
      const seconds: number[] = [];
      const peaks: number[] = [];
      let watch: ProcessWatch | undefined;
      await bench.begin();
      for (let i = 0; i < pictures; i++) {
        if (i === watched || i === pictures - watched) watch = new ProcessWatch(process.pid);
        const from = performance.now();
        await pipeline.generate({
          prompt: `a person, picture ${i}`,
          poses: people(1 + (i % 3), { width, height }),
          steps: 2,
          guidanceScale: 5,
          seed: i,
        });
        seconds.push((performance.now() - from) / 1000);
        if (i === 2 * watched - 1 || i === pictures - 1)
          peaks.push(watch?.stop()?.anonymousBytes ?? Number.NaN);
      }
      await bench.end();
      const [early, late] = peaks.map((bytes) => (bytes / 2 ** 30).toFixed(3));
      bench.note(
        `anonymous memory at most: pictures ${watched + 1} to ${2 * watched} ${early} GB, the last ${watched} ${late} GB ` +
          `(${(peaks[1] / peaks[0]).toFixed(3)} x)`,
      );
      await pipeline.dispose();
      await runtime.dispose();
      await adapter.dispose();
      await model.dispose();
      return seconds;
    },
  },
];
