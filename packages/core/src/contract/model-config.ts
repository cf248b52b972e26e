import * as z from 'zod';

/** Height, width and channel facts of one residual: the tensor is `[rows, channels, h / factor, w / factor]`. */
const residualShape = z.object({
  channels: z.number().int().positive(),
  /** Downsampling against the latents: 1, 2, 4, 8. */
  factor: z.number().int().positive(),
});

/**
 * Everything that the pipeline must know about a base model (Stable Diffusion family) to run its graphs.
 * Nothing here names a particular model: a small model and Stable Diffusion 1.5 differ in these numbers only.
 */
export const modelConfigSchema = z.object({
  /** Shown to people. */
  name: z.string().min(1),
  licence: z.string().default('unknown'),
  latents: z.object({
    /** Channels of the VAE's latents. */
    channels: z.number().int().positive(),
    /** Picture pixels per latent cell, 8 for the family. */
    factor: z.number().int().positive(),
    /** Latents in the loop = VAE latents x scale (0.18215 for SD 1.5). */
    scale: z.number().positive(),
    /** Linear preview map: rgb[c] = sum_k matrix[k][c] * latents[k] + bias[c], in [-1, 1]. */
    toRgb: z
      .object({
        matrix: z.array(z.tuple([z.number(), z.number(), z.number()])),
        bias: z.tuple([z.number(), z.number(), z.number()]),
      })
      .optional(),
  }),
  unet: z.object({
    /** 4, or 9 for inpainting checkpoints: latents, mask (1), masked picture's latents (4). */
    inputChannels: z.number().int().positive(),
    /** Width of the sinusoidal timestep embedding fed to the graph (the model's channel count). */
    timestepEmbeddingWidth: z.number().int().positive(),
    /** One per input block, in order, then the middle block. */
    residuals: z.array(residualShape),
    /** Features added inside the encoder after the last block of each level (T2I-Adapter). */
    encoderResiduals: z.array(residualShape),
    /** The picture's sides must be divisible by this: latent factor x the UNet's deepest downsampling. */
    sizeMultiple: z.number().int().positive(),
  }),
  text: z.object({
    contextLength: z.number().int().positive(),
    width: z.number().int().positive(),
    layers: z.number().int().positive(),
    /** Ids from here on index `extra_embeddings`. */
    vocabularySize: z.number().int().positive(),
    startId: z.number().int().nonnegative(),
    endId: z.number().int().nonnegative(),
    /** Padding repeats the end token in SD 1. */
    padId: z.number().int().nonnegative(),
    /** Tokens with this id are dropped before encoding (a model with a closed vocabulary). */
    unknownId: z.number().int().nonnegative().optional(),
  }),
  schedule: z.object({
    kind: z.literal('scaled-linear'),
    start: z.number().positive(),
    end: z.number().positive(),
    timesteps: z.number().int().positive(),
  }),
  prediction: z.literal('epsilon'),
  /** The size the model was trained at, and what an unstated size means. */
  nativeSize: z.object({ width: z.number().int().positive(), height: z.number().int().positive() }),
  /** What an unstated field of a request means for this model. */
  defaults: z
    .object({
      steps: z.number().int().positive().optional(),
      guidanceScale: z.number().nonnegative().optional(),
      scheduler: z.string().optional(),
      negativePrompt: z.string().optional(),
    })
    .default({}),
  /** Words that a model with a closed vocabulary understands, grouped by kind, for panels to list. */
  vocabulary: z.record(z.string(), z.array(z.string())).optional(),
});

/** What a base model is, as far as the pipeline must know: sizes, schedule, text, latents, defaults. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** Hint values of black and of white. Stable-Pose was trained on [-1, 1], ControlNet and T2I-Adapter on [0, 1]. */
const hintRange = z
  .tuple([z.number(), z.number()])
  .refine(([black, white]) => black < white, { error: 'black must be below white' });

/** Stable-Pose's sixteen limbs. */
const stablePoseHint = z.object({
  drawing: z.literal('stable-pose'),
  range: hintRange,
  /** In pixels of a 512-pixel picture. */
  lineWidth: z.number().positive(),
});

/** OpenPose's eighteen keypoints with their blended limbs; hands and faces where they are given. */
const openPoseHint = z.object({ drawing: z.literal('openpose'), range: hintRange });

/** What an adapter was trained to look at: which drawing of the poses, in which numbers. */
const hintSchema = z.discriminatedUnion('drawing', [stablePoseHint, openPoseHint]);

/** Everything that the pipeline must know about an adapter. `kind` decides the graphs, `hint` the drawing. */
export const adapterConfigSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('stable-pose'),
    name: z.string().min(1),
    licence: z.string().default('unknown'),
    hint: stablePoseHint,
    /** Odd kernel sizes in pixels of a 512-pixel picture, coarse first; one per PMSA layer. Scaled by the rule of mask/SPEC.md. */
    kernels: z.array(z.number().int().positive()).min(1),
    /** Sigma in pixels of a 512-pixel picture. */
    sigma: z.number().positive(),
    /** False for one that was trained with all masks open, to see what they are good for. True when left out. */
    isMasked: z.boolean().optional(),
    /** Tokens per latent side: patch size in latent cells (2). */
    patchSize: z.number().int().positive(),
    residuals: z.array(residualShape),
  }),
  z.object({
    kind: z.literal('controlnet'),
    name: z.string().min(1),
    licence: z.string().default('unknown'),
    hint: hintSchema,
    residuals: z.array(residualShape),
  }),
  z.object({
    kind: z.literal('t2i-adapter'),
    name: z.string().min(1),
    licence: z.string().default('unknown'),
    hint: hintSchema,
    encoderResiduals: z.array(residualShape),
  }),
]);

/** What an adapter is, as far as the pipeline must know: its kind, what it looks at, what it adds. */
export type AdapterConfig = z.infer<typeof adapterConfigSchema>;

/** What an adapter was trained to look at. */
export type HintConfig = AdapterConfig['hint'];
