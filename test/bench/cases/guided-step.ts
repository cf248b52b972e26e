import { hintImage, normalNoise, patchMasks, poseMasks } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { createPredictNoise } from '../../../packages/core/src/denoise/index.ts';
import { float32 } from '../../../packages/core/src/tensor/index.ts';
import type { BenchCase } from '../bench-case.ts';
import { findPython } from '../find-python.ts';
import { openPair } from '../full-size-pair.ts';
import { people } from '../people.ts';

const side = 512;
const stepsMeasured = 1;

export const guidedStepCases: readonly BenchCase[] = [
  {
    name: 'guided-step',
    what: 'Stable Diffusion 1.5 and Stable-Pose, one guided step at 512 x 512, fp32 on the CPU',
    full: true,
    limits: { ratio: 1 },
    rounds: 2,
    rival: {
      name: 'PyTorch',
      command: async () => ({
        program: findPython(),
        args: ['-m', 'models.training.bench_guided_step', String(side), String(stepsMeasured)],
      }),
    },
    run: async ({ folder, note, begin, end }) => {
      const { model, adapter } = await openPair(folder, 'fp32');
      if (adapter.config.kind !== 'stable-pose') throw new Error('The pair has another adapter.');
      const runtime = await createNodeRuntime({ device: 'cpu' });
      note(runtime.description);
      const { provider } = runtime;
      const hint = hintImage(people(1, { width: side, height: side }), { width: side, height: side });
      const encoder = await runtime.load(await adapter.graph('hint-encoder', { provider }));
      const encoded = await encoder.run({ hint_image: hint });
      await encoder.dispose();
      const features = encoded.pose_features;
      const { kernels, sigma, patchSize } = adapter.config;
      const { dims, data } = patchMasks(poseMasks(hint, { kernels, sigma }), patchSize);
      const [layers, count] = dims;
      const tokens = new Float32Array(layers * 2 * count).fill(1);
      for (let k = 0; k < layers; k++)
        tokens.set(data.subarray(k * count, (k + 1) * count), (2 * k + 1) * count);
      const cells = side / model.config.latents.factor;
      const { contextLength, width } = model.config.text;
      const words = () => float32([1, contextLength, width], normalNoise(1)(contextLength * width));
      const predictNoise = createPredictNoise({
        unet: await runtime.load(await model.graph('unet', { provider })),
        config: model.config.unet,
        dims: [model.config.latents.channels, cells, cells],
        text: { cond: words(), uncond: words() },
        guidanceScale: 7.5,
        adapters: [
          {
            from: 0,
            to: 1,
            graph: await runtime.load(await adapter.graph('adapter', { provider, minimumScope: 'pair' })),
            inputs: {
              pose_features: features,
              pose_tokens: float32([layers, 2, count], tokens),
              strength: float32([1], Float32Array.of(1)),
            },
          },
        ],
        steps: stepsMeasured + 1,
      });
      const latents = normalNoise(2)(model.config.latents.channels * cells * cells);
      const seconds: number[] = [];
      for (let step = 0; step <= stepsMeasured; step++) {
        const from = performance.now();
        const prediction = await predictNoise(latents, 901, step);
        // The first is to get warm, as the rival's is.
        if (step > 0) seconds.push((performance.now() - from) / 1000);
        else await begin();
        if (!prediction.every(Number.isFinite)) note('the random weights gave numbers that are none');
      }
      await end();
      await runtime.dispose();
      await model.dispose();
      await adapter.dispose();
      return seconds;
    },
  },
];
