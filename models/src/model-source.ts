import type {
  BasePart,
  GraphOptions,
  GraphSource,
  LearnedEmbedding,
  ModelConfig,
  ModelSource,
  TokenizerFiles,
} from '@stable-pose/core/contract';
import { modelConfigSchema } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { clipTextEncoder, readClipTextEncoderConfig } from './architectures/clip-text-encoder.ts';
import type { TensorShapes } from './architectures/tensor-shapes.ts';
import { unet } from './architectures/unet.ts';
import { readUnetConfig, sizeMultipleOf, skipsOf, type UnetConfig } from './architectures/unet-config.ts';
import { readVaeConfig, vaeDecoder, vaeEncoder } from './architectures/vae.ts';
import { layoutPrefixes } from './checkpoint/upstream-layout.ts';
import type { ModelFiles } from './files/model-files.ts';
import { type ModelSettings, stableDiffusion1LatentToRgb } from './model-settings.ts';
import { compileGraph } from './onnx/compile-graph.ts';
import type { GraphBuilderOptions, GraphPlan, LowRankBranch, LowRankLookup } from './onnx/graph-builder.ts';
import { operatorForms } from './onnx/operator-forms.ts';
import type { WeightCheckpoint } from './onnx/weight-checkpoint.ts';

/** The pairs of matrices that one LoRA adds, by the key of the weight that each belongs to. */
export interface LoraBranches {
  readonly name: string;
  readonly checkpoint: WeightCheckpoint;
  readonly branches: ReadonlyMap<string, readonly LoraPair[]>;
}

/** One pair of low-rank matrices: tensors of the LoRA's file. */
export interface LoraPair {
  readonly downKey: string;
  readonly upKey: string;
  /** alpha / rank */
  readonly scale: number;
}

/** Everything that a model source is made of, opened and read. */
export interface ModelParts {
  readonly checkpoint: WeightCheckpoint;
  /** A VAE of one's own, in place of the checkpoint's, with the same key names. */
  readonly vae?: WeightCheckpoint;
  readonly settings: ModelSettings;
  /** Undefined when none lies beside the checkpoint and CLIP's does not fit. */
  readonly tokenizer: TokenizerFiles | undefined;
  readonly vocabulary?: ModelConfig['vocabulary'];
  readonly loras: readonly LoraBranches[];
  readonly embeddings: readonly LearnedEmbedding[];
  readonly warnings: readonly string[];
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** Shapes of a checkpoint's tensors by key. */
export function shapesOf(checkpoint: WeightCheckpoint): TensorShapes {
  return new Map([...checkpoint.tensors].map(([key, tensor]) => [key, tensor.shape]));
}

/** How a graph is written, from the contract's options. */
export function formsOf(options: GraphOptions): GraphBuilderOptions['forms'] {
  return operatorForms(options.provider ?? 'cpu', {
    fusedAttention: options.fusedAttention,
    maxTensorBytes: options.maxTensorBytes,
    largestPicture: options.largestPicture,
  });
}

/** A base model's sizes, and the plans of its graphs. */
export interface ModelGraphs {
  readonly config: ModelConfig;
  plan(part: BasePart, options?: GraphOptions): GraphPlan;
  /** The checkpoints that a part's plan names. */
  checkpoints(part: BasePart): Readonly<Record<string, WeightCheckpoint>>;
}

const isVae = (part: BasePart): boolean => part === 'vae-decoder' || part === 'vae-encoder';

/** @throws tensor-mismatch when the tensors are not a Stable Diffusion 1 UNet, text encoder and VAE */
export function modelGraphs(parts: ModelParts): ModelGraphs {
  const { checkpoint, settings } = parts;
  const vaeCheckpoint = parts.vae ?? checkpoint;
  const shapes = shapesOf(checkpoint);
  const unetConfig = readUnetConfig(shapes, layoutPrefixes.unet, settings.unet);
  const textConfig = readClipTextEncoderConfig(shapes, layoutPrefixes.text, settings.text);
  const vaeConfig = () => readVaeConfig(shapesOf(vaeCheckpoint), layoutPrefixes.vae, settings.vae);
  return {
    config: modelConfig(parts, unetConfig, textConfig),
    plan(part, options = {}) {
      // A VAE has no LoRA branches; an input that nobody feeds must not appear.
      const builder = builderOptions(parts.loras, isVae(part) ? { ...options, loras: [] } : options);
      switch (part) {
        case 'text-encoder':
          return clipTextEncoder(textConfig, { ...builder, ...options });
        case 'unet':
          return unet(unetConfig, builder);
        case 'vae-decoder':
          return vaeDecoder(vaeConfig(), builder);
        case 'vae-encoder':
          return vaeEncoder(vaeConfig(), builder);
        default:
          throw new StablePoseError('internal', `A model has no part ${part satisfies never}.`);
      }
    },
    checkpoints: (part) => ({
      model: isVae(part) ? vaeCheckpoint : checkpoint,
      ...Object.fromEntries(parts.loras.map((lora) => [loraSource(lora.name), lora.checkpoint])),
    }),
  };
}

/**
 * A base model whose graphs are built when they are asked for.
 * @throws tensor-mismatch when the tensors are not a Stable Diffusion 1 UNet, text encoder and VAE
 */
export function createModelSource(files: ModelFiles, parts: ModelParts): ModelSource {
  const graphs = modelGraphs(parts);
  const scratch = files.scratch();
  return {
    config: graphs.config,
    get tokenizer(): TokenizerFiles {
      if (parts.tokenizer) return parts.tokenizer;
      throw new StablePoseError(
        'model-not-found',
        `No tokenizer lies beside ${parts.settings.name}, and its vocabulary is not CLIP's.`,
        { remedy: 'Put its tokenizer.json beside the checkpoint.' },
      );
    },
    embeddings: parts.embeddings,
    loras: parts.loras.map((lora) => lora.name),
    warnings: parts.warnings,
    async graph(part: BasePart, options: GraphOptions = {}): Promise<GraphSource> {
      return compileGraph(graphs.plan(part, options), graphs.checkpoints(part), scratch, files.cut);
    },
    async dispose() {
      await scratch.dispose();
      await parts.close();
    },
  };
}

const loraSource = (name: string): string => `lora ${name}`;

/** @throws invalid-request when a LoRA is asked for that was not opened */
function builderOptions(loras: readonly LoraBranches[], options: GraphOptions): GraphBuilderOptions {
  const asked = (options.loras ?? []).map((name) => {
    const lora = loras.find((one) => one.name === name);
    if (lora) return lora;
    throw new StablePoseError(
      'invalid-request',
      `No LoRA ${JSON.stringify(name)} is opened; there are: ${loras.map((one) => one.name).join(', ') || 'none'}.`,
      { remedy: 'Name its file when the model is opened.' },
    );
  });
  const lowRank: LowRankLookup = (key) =>
    asked.flatMap((lora, index) => (lora.branches.get(key) ?? []).map((pair) => branchOf(lora, pair, index)));
  return { forms: formsOf(options), lowRank, strengths: asked.length > 0 };
}

function branchOf(lora: LoraBranches, pair: LoraPair, index: number): LowRankBranch {
  const shape = (key: string) => lora.checkpoint.tensors.get(key)?.shape ?? [];
  return {
    index,
    source: loraSource(lora.name),
    downKey: pair.downKey,
    downShape: shape(pair.downKey),
    upKey: pair.upKey,
    upShape: shape(pair.upKey),
    scale: pair.scale,
  };
}

function modelConfig(
  { settings, vocabulary }: ModelParts,
  unetConfig: UnetConfig,
  text: ReturnType<typeof readClipTextEncoderConfig>,
): ModelConfig {
  if (text.width !== unetConfig.contextWidth) {
    throw new StablePoseError(
      'tensor-mismatch',
      `The text encoder is ${text.width} wide, but the UNet attends to text of width ${unetConfig.contextWidth}.`,
      { remedy: 'The file mixes parts of different models.' },
    );
  }
  const skips = skipsOf(unetConfig);
  const deepest = skips[skips.length - 1]!;
  const isStableDiffusion1 = unetConfig.contextWidth === 768 && settings.latentScale === 0.18215;
  const toRgb = settings.latentToRgb ?? (isStableDiffusion1 ? stableDiffusion1LatentToRgb : undefined);
  const endId = settings.text.endId ?? text.vocabularySize - 1;
  return modelConfigSchema.parse({
    name: settings.name,
    licence: settings.licence,
    latents: { channels: unetConfig.outputChannels, factor: 8, scale: settings.latentScale, toRgb },
    unet: {
      inputChannels: unetConfig.inputChannels,
      timestepEmbeddingWidth: unetConfig.modelChannels,
      residuals: [...skips, deepest],
      encoderResiduals: unetConfig.levels.map((level, index) => ({
        channels: level.channels,
        factor: 2 ** index,
      })),
      sizeMultiple: sizeMultipleOf(unetConfig),
    },
    text: {
      contextLength: text.contextLength,
      width: text.width,
      layers: text.layers,
      vocabularySize: text.vocabularySize,
      startId: settings.text.startId ?? text.vocabularySize - 2,
      endId,
      padId: settings.text.padId ?? endId,
      unknownId: settings.text.unknownId,
    },
    schedule: { kind: 'scaled-linear', ...settings.schedule },
    prediction: 'epsilon',
    nativeSize: settings.nativeSize,
    defaults: settings.defaults,
    vocabulary,
  });
}
