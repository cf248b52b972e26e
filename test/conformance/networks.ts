import {
  clipTextEncoder,
  readClipTextEncoderConfig,
} from '../../models/src/architectures/clip-text-encoder.ts';
import {
  hintEncoder,
  readStablePoseAdapterConfig,
  stablePoseAdapter,
} from '../../models/src/architectures/stable-pose-adapter.ts';
import { unet } from '../../models/src/architectures/unet.ts';
import { readUnetConfig } from '../../models/src/architectures/unet-config.ts';
import { readVaeConfig, vaeDecoder, vaeEncoder } from '../../models/src/architectures/vae.ts';
import type { GraphPlan } from '../../models/src/onnx/graph-builder.ts';
import { operatorForms } from '../../models/src/onnx/operator-forms.ts';
import { openSafetensors } from '../models/architectures/open-safetensors.ts';
import { type Fed, type LoadedGraph, loadGraph } from '../models/architectures/run-graph.ts';
import type { ReferenceFolder } from './reference-folder.ts';

export interface ReferenceConfig {
  readonly scale_factor: number;
  readonly control_config: { params: { num_heads: number } };
  readonly unet_config: { params: { num_heads: number } };
  readonly cond_stage_config: { heads: number };
}

const options = { forms: operatorForms('cpu') };

/** The small model of a reference set, each network loaded once, when it is first needed. */
export function networksOf(reference: ReferenceFolder) {
  const config = reference.json<ReferenceConfig>('model/config.json');
  const checkpoint = openSafetensors(reference.path('model/tiny.safetensors'));
  const shapes = new Map([...checkpoint.tensors].map(([key, { shape }]) => [key, shape]));
  const hints = { heads: { count: config.unet_config.params.num_heads } };
  const adapterHints = { heads: { count: config.control_config.params.num_heads } };
  const unetConfig = readUnetConfig(shapes, 'model.diffusion_model.', hints);
  const adapterConfig = readStablePoseAdapterConfig(shapes, 'stable_pose_adapter.', adapterHints);
  const vaeConfig = readVaeConfig(shapes, 'first_stage_model.');
  const textConfig = readClipTextEncoderConfig(shapes, 'cond_stage_model.transformer.text_model.', {
    heads: config.cond_stage_config.heads,
  });
  const loaded = new Map<string, Promise<LoadedGraph>>();
  const load = (name: string, plan: () => GraphPlan): Promise<LoadedGraph> => {
    let graph = loaded.get(name);
    if (graph === undefined) {
      graph = loadGraph(plan(), { model: checkpoint });
      loaded.set(name, graph);
    }
    return graph;
  };
  return {
    config,
    unetConfig,
    adapterConfig,
    shapes,
    load,
    textConfig,
    text: (clipSkip = 1) =>
      load(`text, clip skip ${clipSkip}`, () => clipTextEncoder(textConfig, { ...options, clipSkip })),
    /** The LayerNorm after the text encoder's last layer. */
    finalTextNorm: () => {
      const weights = (name: string): Float32Array =>
        reference.tensor('model/tiny.safetensors', `${textConfig.prefix}final_layer_norm.${name}`)
          .data as Float32Array;
      return { gain: weights('weight'), shift: weights('bias') };
    },
    unet: () => load('unet', () => unet(unetConfig, options)),
    // The minimum of the whole call, as upstream computes it.
    adapter: () =>
      load('adapter', () => stablePoseAdapter(adapterConfig, { ...options, minimumScope: 'batch' })),
    hintEncoder: () => load('hint', () => hintEncoder(adapterConfig, options)),
    vaeDecoder: () => load('decoder', () => vaeDecoder(vaeConfig, options)),
    vaeEncoder: () => load('encoder', () => vaeEncoder(vaeConfig, options)),
    /** Zeros that stand for absent residuals, by the UNet's input names. */
    absent: (which: 'residual' | 'encoder_residual' | 'both'): Record<string, Fed> => {
      const zero = (): Fed => ({ dims: [1, 1, 1, 1], data: new Float32Array(1) });
      const count = { residual: adapterResiduals(shapes), encoder_residual: unetConfig.levels.length };
      return Object.fromEntries(
        (['residual', 'encoder_residual'] as const)
          .filter((kind) => which === kind || which === 'both')
          .flatMap((kind) => Array.from({ length: count[kind] }, (_, i) => [`${kind}_${i}`, zero()])),
      );
    },
  };
}

export type Networks = ReturnType<typeof networksOf>;

/** One per input block of the UNet, and one for its middle block. */
function adapterResiduals(shapes: ReadonlyMap<string, readonly number[]>): number {
  const blocks = new Set(
    [...shapes.keys()].flatMap(
      (key) => /^model\.diffusion_model\.input_blocks\.(\d+)\./.exec(key)?.[1] ?? [],
    ),
  );
  return blocks.size + 1;
}
