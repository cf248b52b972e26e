import * as z from 'zod';
import { StablePoseError } from '../errors.ts';
import {
  checkPoses,
  faceKeypointCount,
  farthestCoordinate,
  handKeypointCount,
  keypointCount,
  maxPeople,
  type Pose,
} from '../pose/index.ts';
import { schedulerNames, sigmaSpacings } from '../scheduler/index.ts';
import { invalidRequest } from './invalid-request.ts';

/** The version of the schema that this code writes, and the only one so far. */
export const requestVersion = 1;

/** Longest side of a picture before the detail pass, pixels. */
const longestSide = 8192;

const prompt = z.string().max(20_000);
const share = z.number().min(0).max(1);
const name = z.string().min(1).max(1024);
const pixels = z.number().int().min(0).max(longestSide);
const side = z.number().int().min(64).max(longestSide).multipleOf(8);
/** At most 2^27 characters: a PNG of 100 MB. */
const picture = z
  .string()
  .min(1)
  .max(2 ** 27)
  .describe('A PNG picture in base64, with or without a data: prefix.');

const keypoint = z
  .tuple([
    z.number().min(-farthestCoordinate).max(farthestCoordinate),
    z.number().min(-farthestCoordinate).max(farthestCoordinate),
    share,
  ])
  .readonly()
  .describe('x and y in pixels of the picture, y down; confidence 0 to 1, where 0 means absent.');

const points = (count: number) => z.array(keypoint).length(count).readonly();

const pose = z
  .strictObject({
    keypoints: points(keypointCount).describe("COCO's seventeen, in COCO's order."),
    hands: z
      .strictObject({
        left: points(handKeypointCount).optional(),
        right: points(handKeypointCount).optional(),
      })
      .optional()
      .describe('Drawn for adapters that look at OpenPose skeletons; Stable-Pose does not.'),
    face: points(faceKeypointCount).optional().describe('As the hands.'),
  })
  .describe('One person.');

const poses = z.array(pose).max(maxPeople).readonly();

const adapter = z
  .strictObject({
    kind: z.enum(['stable-pose', 'controlnet', 't2i-adapter']).default('stable-pose'),
    model: name
      .optional()
      .describe('A name that the pipeline was given an adapter under; the first of its kind when absent.'),
    strength: z
      .number()
      .min(0)
      .max(2)
      .default(1)
      .describe('Factor of everything that it adds to the network; 0 is no adapter.'),
    from: share
      .default(0)
      .describe('It acts on the steps i of n with from n <= i < to n: the share where it begins ...'),
    to: share.default(1).describe('... and where it ends.'),
  })
  .refine(({ from, to }) => from <= to, {
    path: ['from'],
    error: 'must not be above to: an adapter begins before it ends',
  });

const lora = z.strictObject({
  model: name.describe('A LoRA that was opened with the model.'),
  strength: z.number().min(-10).max(10).default(1),
});

/** Everything that makes a picture, as plain JSON: the same request on the same device gives the same pixels. */
export const generationRequestSchema = z.strictObject({
  version: z.literal(requestVersion).default(requestVersion),

  prompt: prompt
    .default('')
    .describe(
      'What to draw. (word:1.2) weighs a word, (word) by 1.1, [word] by 1/1.1; \\( is a plain bracket.',
    ),
  negativePrompt: prompt
    .optional()
    .describe("What to keep away from, in the same syntax; the model's own default when absent."),
  clipSkip: z
    .number()
    .int()
    .min(1)
    .max(12)
    .default(1)
    .describe('Which layer of the text encoder is read: 1 the last, 2 the last but one, ...'),

  width: side.optional().describe("Pixels; the init picture's when absent, else the model's native width."),
  height: side.optional().describe("Pixels; the init picture's when absent, else the model's native height."),

  poses: poses
    .default([])
    .describe('The people, in pixels of width x height; empty for a picture from words.'),
  outOfFrame: z
    .enum(['clip', 'reference'])
    .default('clip')
    .describe(
      'Keypoints outside the picture: clipped by its border, or moved to (0, 0) as the published data loader does.',
    ),
  adapters: z
    .array(adapter)
    .max(8)
    .readonly()
    .optional()
    .describe(
      'Acting together, their additions summed. Absent: the first that the pipeline has, when there are poses.',
    ),

  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .describe('Picture i of the request is made from seed + i (modulo 2^32).'),
  count: z.number().int().min(1).max(256).default(1).describe('How many pictures.'),
  bestOf: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe('Of so many pictures each, the one whose found pose is nearest to the asked one comes first.'),
  poseScore: z
    .strictObject({
      measure: z.boolean().default(false).describe('Find the pose in each picture and compare.'),
      line: share
        .default(0.5)
        .describe('Keypoint similarity below which the result says so in its warnings.'),
    })
    .prefault({}),

  scheduler: z.enum(schedulerNames).optional().describe("The model's own default when absent."),
  spacing: z
    .enum(sigmaSpacings)
    .default('uniform')
    .describe('How the noise levels of the steps are spread. plms and lcm know uniform only.'),
  steps: z.number().int().min(1).max(1000).optional().describe("The model's own default when absent."),
  exactSteps: z
    .boolean()
    .default(true)
    .describe(
      'False: the step count that the reference implementation makes of steps, which may be another.',
    ),
  eta: share
    .optional()
    .describe(
      'Share of fresh noise in each step of ddim (0 when absent) and euler-ancestral (1 when absent).',
    ),
  guidanceScale: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe(
      "Classifier-free guidance; 1 is none, and the negative prompt is not read. The model's own default when absent.",
    ),

  model: name.optional().describe('Which model, to whoever opens models; a pipeline has one opened already.'),
  vae: name.optional().describe("A VAE in place of the model's own, to whoever opens models."),
  loras: z.array(lora).max(32).readonly().default([]),
  embeddings: z
    .array(name)
    .max(64)
    .readonly()
    .default([])
    .describe('Textual inversions, to whoever opens models. A prompt says them by their token.'),

  image: z
    .strictObject({
      picture,
      strength: share
        .default(0.75)
        .describe('How much is drawn anew: of n steps the last floor(strength n) are taken, one at least.'),
      fit: z
        .enum(['cover', 'stretch'])
        .default('cover')
        .describe('A picture of another size fills width x height, cut at its edges, or is stretched.'),
    })
    .optional()
    .describe('Picture to picture: start from this one.'),
  mask: z
    .strictObject({
      picture: picture.describe('White is drawn anew, black is kept, grey between; transparent is black.'),
      feather: pixels
        .max(512)
        .default(8)
        .describe('Softens the edge inwards over so many pixels: what is black stays untouched.'),
      invert: z.boolean().default(false).describe('Black is drawn anew.'),
    })
    .optional()
    .describe('Inpainting: only this part of the init picture is drawn anew.'),
  repose: z
    .strictObject({
      from: poses.describe('The poses of the picture that is changed; `poses` are the new ones.'),
      picture: picture
        .optional()
        .describe('The picture that is changed; made again from this request with `from` when absent.'),
      margin: pixels
        .max(512)
        .default(24)
        .describe('Redrawn round where limbs were and are: pixels of a 512-pixel picture.'),
      feather: pixels.max(512).default(8).describe('Softens the edge inwards over so many pixels.'),
      strength: share
        .default(1)
        .describe("As the init picture's strength, for the redrawn part; 1 starts from noise."),
    })
    .optional()
    .describe('Redraws only where limbs were and are; seed and surroundings stay.'),
  detail: z
    .strictObject({
      scale: z.union([z.literal(2), z.literal(4)]).default(2),
      strength: share.default(0.35).describe('How much of each tile is drawn anew.'),
      steps: z.number().int().min(1).max(1000).optional().describe('As `steps` when absent.'),
      tile: side
        .optional()
        .describe("Side of the square tiles, pixels; the model's native side when absent."),
      overlap: pixels
        .optional()
        .describe('Of neighbouring tiles, pixels; a quarter of the tile when absent.'),
    })
    .refine(({ tile, overlap }) => tile === undefined || overlap === undefined || overlap <= tile / 2, {
      path: ['overlap'],
      error: 'must not be above half the tile',
    })
    .optional()
    .describe("Afterwards: resized, then drawn anew tile by tile with each tile's part of the pose."),

  vaeTile: z
    .strictObject({
      size: side.default(768).describe('Pictures with a longer side pass the VAE in tiles of this side.'),
      overlap: pixels.default(64),
    })
    .refine(({ size, overlap }) => overlap <= size / 2, {
      path: ['overlap'],
      error: 'must not be above half the size',
    })
    .prefault({}),
  previews: z
    .strictObject({
      every: z.number().int().min(1).max(1000).default(1).describe('A preview after every so many steps.'),
      at: z
        .array(z.number().int().min(1).max(1000))
        .max(1000)
        .optional()
        .describe('After these steps alone, counted from 1, whatever `every` says.'),
      how: z
        .enum(['none', 'linear', 'vae'])
        .default('none')
        .describe('linear: a cheap map from latents to colours, at 1/8 size. vae: the real decoder, slow.'),
    })
    .prefault({}),
});

/** A checked request: every default that does not depend on the model is filled in. */
export type GenerationRequest = z.output<typeof generationRequestSchema>;

/** What a caller writes: only what differs from the defaults. */
export type GenerationRequestInput = z.input<typeof generationRequestSchema>;

/** One adapter of a request. */
export type AdapterUse = NonNullable<GenerationRequest['adapters']>[number];

/**
 * Checks a request from outside and fills in defaults. Fields that nobody knows are refused, so that a misspelt one is not
 * silently without effect.
 *
 * @throws invalid-request, naming the field, what was expected, what came and what to do
 */
export function parseRequest(value: unknown): GenerationRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new StablePoseError('invalid-request', 'A request is an object such as { "prompt": "a dancer" }.');
  }
  const { version } = value as { version?: unknown };
  if (version !== undefined && version !== requestVersion) {
    throw new StablePoseError(
      'invalid-request',
      `A request of version ${requestVersion} was expected, got version ${JSON.stringify(version)}.`,
      { remedy: 'Use the program that wrote it, or a newer one.', details: { field: 'version' } },
    );
  }
  const given = value as { poses?: unknown; repose?: { from?: unknown } | null };
  checkPosesOf(given.poses, 'poses');
  checkPosesOf(given.repose?.from, 'repose.from');
  const result = generationRequestSchema.safeParse(value, { reportInput: true });
  if (!result.success) throw invalidRequest(result.error.issues, generationRequestSchema);
  const request = result.data;
  if (request.mask && !request.image) {
    throw new StablePoseError(
      'invalid-request',
      'mask says which part of the init picture is drawn anew, but there is no image.',
      { remedy: 'Give the picture as image, or leave mask out.', details: { field: 'mask' } },
    );
  }
  if (request.repose && request.repose.from.length + request.poses.length === 0) {
    throw new StablePoseError(
      'invalid-request',
      'repose needs people: both repose.from and poses are empty.',
      {
        remedy: 'Give the old poses as repose.from and the new ones as poses.',
        details: { field: 'repose' },
      },
    );
  }
  return request;
}

/** The pose room's own check speaks of people and joints, more plainly than a schema can. */
function checkPosesOf(value: unknown, field: string): readonly Pose[] | undefined {
  if (!Array.isArray(value)) return undefined;
  try {
    return checkPoses(value, { allowNobody: true });
  } catch (error) {
    const failure = StablePoseError.from(error);
    if (failure.code !== 'invalid-pose') throw failure;
    throw new StablePoseError('invalid-request', `${field}: ${failure.message}`, {
      details: { ...failure.details, field },
      cause: failure,
    });
  }
}

/** The schema of what {@link parseRequest} accepts, as JSON Schema (draft 2020-12), with descriptions and defaults. */
export function requestJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(generationRequestSchema, { io: 'input' });
}
