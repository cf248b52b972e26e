import {
  type AdapterConfig,
  type AdapterPart,
  adapterConfigSchema,
  type GraphOptions,
  type HintConfig,
} from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import {
  controlNet,
  controlNetHintEncoder,
  controlNetTensors,
  readControlNetConfig,
} from './architectures/controlnet.ts';
import {
  hintEncoder,
  readStablePoseAdapterConfig,
  stablePoseAdapter,
  stablePoseAdapterTensors,
} from './architectures/stable-pose-adapter.ts';
import { readT2iAdapterConfig, t2iAdapter, t2iAdapterTensors } from './architectures/t2i-adapter.ts';
import type { Shape, TensorShapes } from './architectures/tensor-shapes.ts';
import { type EncoderConfig, skipsOf } from './architectures/unet-config.ts';
import { layoutPrefixes } from './checkpoint/upstream-layout.ts';
import type { ModelSettings } from './model-settings.ts';
import { formsOf } from './model-source.ts';
import type { GraphPlan } from './onnx/graph-builder.ts';

/** An adapter's sizes, its tensors, and the plans of its graphs. */
export interface AdapterGraphs {
  readonly config: AdapterConfig;
  /** The graphs that it has. */
  readonly parts: readonly AdapterPart[];
  /** Every tensor that it needs, by key. */
  readonly tensors: ReadonlyMap<string, Shape>;
  /** @throws internal for a part that it has not */
  plan(part: AdapterPart, options?: GraphOptions): GraphPlan;
}

/**
 * Reads an adapter's sizes from the shapes of its tensors, under its authors' names.
 * @throws tensor-mismatch when the tensors are not those of its kind, or do not fit the settings; architecture-unsupported
 */
export function adapterGraphs(
  kind: AdapterConfig['kind'],
  shapes: TensorShapes,
  settings: ModelSettings,
): AdapterGraphs {
  switch (kind) {
    case 'stable-pose':
      return stablePoseGraphs(shapes, settings);
    case 'controlnet':
      return controlNetGraphs(shapes, settings);
    case 't2i-adapter':
      return t2iAdapterGraphs(shapes, settings);
    default:
      throw new StablePoseError('internal', `No adapter is of kind ${kind satisfies never}.`);
  }
}

function stablePoseGraphs(shapes: TensorShapes, settings: ModelSettings): AdapterGraphs {
  const config = readStablePoseAdapterConfig(shapes, layoutPrefixes.adapter, settings.adapter);
  const { kernels, sigma, isMasked } = settings.adapter;
  if (kernels.length !== config.vit.layers) {
    throw new StablePoseError(
      'tensor-mismatch',
      `The adapter has ${config.vit.layers} masked attention layers, but its config names ${kernels.length} mask kernels (${kernels}).`,
      { remedy: 'Give one kernel per layer, coarse first, as gaussian_kernels in config.json.' },
    );
  }
  return {
    config: adapterConfigSchema.parse({
      kind: 'stable-pose',
      ...stated(settings),
      // Masks are made from this very drawing, whatever else the settings say.
      hint: { drawing: 'stable-pose', range: [-1, 1], lineWidth: settings.adapter.lineWidth },
      kernels,
      sigma,
      isMasked,
      patchSize: config.vit.patchSize,
      residuals: residualsOf(config.encoder),
    }),
    parts: ['hint-encoder', 'adapter'],
    tensors: stablePoseAdapterTensors(config),
    plan(part, options = {}) {
      const builder = { forms: formsOf(options) };
      return part === 'hint-encoder'
        ? hintEncoder(config, builder)
        : stablePoseAdapter(config, { ...builder, minimumScope: options.minimumScope });
    },
  };
}

function controlNetGraphs(shapes: TensorShapes, settings: ModelSettings): AdapterGraphs {
  const config = readControlNetConfig(shapes, layoutPrefixes.controlNet, settings.adapter);
  return {
    config: adapterConfigSchema.parse({
      kind: 'controlnet',
      ...stated(settings),
      hint: openPoseHint(settings),
      residuals: residualsOf(config.encoder),
    }),
    parts: ['hint-encoder', 'adapter'],
    tensors: controlNetTensors(config),
    plan(part, options = {}) {
      const builder = { forms: formsOf(options) };
      return part === 'hint-encoder' ? controlNetHintEncoder(config, builder) : controlNet(config, builder);
    },
  };
}

function t2iAdapterGraphs(shapes: TensorShapes, settings: ModelSettings): AdapterGraphs {
  const config = readT2iAdapterConfig(shapes, layoutPrefixes.t2iAdapter, settings.adapter);
  return {
    config: adapterConfigSchema.parse({
      kind: 't2i-adapter',
      ...stated(settings),
      hint: openPoseHint(settings),
      encoderResiduals: config.levels.map((channels, level) => ({ channels, factor: 2 ** level })),
    }),
    parts: ['hint-encoder'],
    tensors: t2iAdapterTensors(config),
    plan(part, options = {}) {
      if (part === 'hint-encoder') return t2iAdapter(config, { forms: formsOf(options) });
      throw new StablePoseError(
        'internal',
        `A T2I-Adapter has no graph ${part}: it does all in its hint-encoder.`,
      );
    },
  };
}

const stated = ({ name, licence }: ModelSettings) => ({ name, licence });

/** One per input block, and the middle block's. */
function residualsOf(encoder: EncoderConfig): readonly { channels: number; factor: number }[] {
  const skips = skipsOf(encoder);
  return [...skips, skips[skips.length - 1]!];
}

/** As ControlNet-OpenPose and T2I-Adapter were published, unless the settings tell something else. */
function openPoseHint({ adapter }: ModelSettings): HintConfig {
  const { drawing = 'openpose', hintRange: [black, white] = [0, 1], lineWidth } = adapter;
  return drawing === 'stable-pose'
    ? { drawing, range: [black, white], lineWidth }
    : { drawing, range: [black, white] };
}
