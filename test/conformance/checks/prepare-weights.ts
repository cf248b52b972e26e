import {
  adapterWeightSources,
  startsAtZero,
} from '../../../models/src/architectures/adapter-weight-sources.ts';
import { clipTextEncoderTensors } from '../../../models/src/architectures/clip-text-encoder.ts';
import { stableDiffusion1 } from '../../../models/src/architectures/stable-diffusion-1.ts';
import { stablePoseAdapterTensors } from '../../../models/src/architectures/stable-pose-adapter.ts';
import { unetTensors } from '../../../models/src/architectures/unet.ts';
import { vaeTensors } from '../../../models/src/architectures/vae.ts';
import { type CheckGroup, exactly } from '../check.ts';
import { networksOf } from '../networks.ts';

const prefix = 'stable_pose_adapter.';

interface Mapping {
  readonly map: Record<string, string | null>;
  readonly new_and_all_zero?: string[];
}

type Shapes = ReadonlyMap<string, readonly number[]>;

const sorted = (shapes: Iterable<readonly [string, unknown]>): string[] =>
  [...shapes].map(([key, value]) => `${key} ${JSON.stringify(value ?? null)}`).sort();

function adapterPart(mapping: Mapping): [string, string | null][] {
  return Object.entries(mapping.map).filter(([key]) => key.startsWith(prefix));
}

export const prepareWeights: CheckGroup = {
  folder: '12_prepare_weights',
  *run(reference) {
    const { unet, adapter, vae, text } = stableDiffusion1;
    const adapterTensors = stablePoseAdapterTensors(adapter);
    const published: Shapes = new Map([
      ...unetTensors(unet),
      ...adapterTensors,
      ...vaeTensors(vae),
      ...clipTextEncoderTensors(text),
    ]);
    if (reference.has('12_prepare_weights/full_keys.json')) {
      const { keys, counts } = reference.json<{
        keys: Record<string, number[]>;
        counts: Record<string, { parameters: number; tensors: number }>;
      }>('12_prepare_weights/full_keys.json');
      yield exactly('keys and shapes at full size', sorted(published), sorted(Object.entries(keys)));
      for (const [part, { parameters, tensors }] of Object.entries(counts)) {
        const own = [...published].filter(([key]) => key.startsWith(part));
        // A table of positions travels with the weights, and is none.
        const learned = own.filter(([key]) => !key.endsWith('.position_ids'));
        const sum = learned.reduce((total, [, shape]) => total + shape.reduce((a, b) => a * b, 1), 0);
        yield exactly(`parameters of ${part}`, [sum, own.length], [parameters, tensors]);
      }
    }
    if (reference.has('12_prepare_weights/full_mapping.json')) {
      const mapping = reference.json<Mapping>('12_prepare_weights/full_mapping.json');
      const sources = adapterWeightSources(adapterTensors, published);
      yield exactly('sources at full size', sorted(sources), sorted(adapterPart(mapping)));
    }
    if (reference.has('12_prepare_weights/tiny_mapping.json')) {
      const mapping = reference.json<Mapping>('12_prepare_weights/tiny_mapping.json');
      const { shapes, adapterConfig } = networksOf(reference);
      const tensors = stablePoseAdapterTensors(adapterConfig);
      const sources = adapterWeightSources(tensors, shapes);
      yield exactly('sources of the small model', sorted(sources), sorted(adapterPart(mapping)));
      const zero = [...sources.keys()].filter((key) => !sources.get(key) && startsAtZero(key, tensors));
      yield exactly(
        'new weights that start at zero',
        zero.sort(),
        [...(mapping.new_and_all_zero ?? [])].sort(),
      );
    }
  },
};
