import { bodyParts, errorCodes, generationStages, keypointNames } from '@stable-pose/core';
import * as z from 'zod';

/*
 * What client and server say to each other: schemas of every body, names of headers, the versions. The server's OpenAPI
 * document is made of the same schemas.
 */

/** Versions that this code speaks, the newest first; the last two are kept when there are more. */
export const protocolVersions: readonly number[] = [1];

/** In requests the versions that the client speaks ("2, 1"), in answers the one that was chosen. */
export const protocolHeader = 'Stable-Pose-Protocol';

/** Says which requests belong together; fairness is between clients. Made up by the client, and nothing depends on its truth. */
export const clientHeader = 'Stable-Pose-Client';

/** The same key and the same body are the same job, however often they come. */
export const idempotencyHeader = 'Idempotency-Key';

/** Where a server listens: the first that is free. Plug-ins look there, in this order. */
export const serverPorts: readonly number[] = [17325, 17326, 17327];

/** Before every path of ours. */
export const apiPath = '/api/v1';

/** The path that answers without a token, and says only that this is a server. */
export const healthPath = '/health';

export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** `high` for someone who waits before a screen, `low` for batches. */
export const priorities = ['high', 'normal', 'low'] as const;
export type Priority = (typeof priorities)[number];

const seconds = z.number().min(0);
const base64 = z.string().max(2 ** 27);

export const errorSchema = z.object({
  name: z.literal('StablePoseError'),
  code: z.enum(errorCodes),
  message: z.string(),
  remedy: z.string().optional(),
  details: z.record(z.string(), z.unknown()),
});

/** Of every answer that is no success. */
export const failureSchema = z.object({ error: errorSchema });

const clock = { secondsElapsed: seconds, secondsRemaining: seconds.optional() };

export const progressSchema = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('wait'), ahead: z.number().int().min(0).optional(), ...clock }),
  z.object({
    stage: z.literal('fetch'),
    name: z.string(),
    bytes: z.number().min(0),
    totalBytes: z.number().min(0).optional(),
    ...clock,
  }),
  z.object({
    stage: z.enum(generationStages),
    picture: z.number().int().min(1),
    pictures: z.number().int().min(1),
    step: z.number().int().min(0),
    steps: z.number().int().min(0),
    ...clock,
    preview: base64.optional().describe('A PNG in base64.'),
  }),
]);
export type WireProgress = z.infer<typeof progressSchema>;

export const submitSchema = z.strictObject({
  request: z
    .record(z.string(), z.unknown())
    .describe('A generation request: see the schema GenerationRequest.'),
  priority: z.enum(priorities).default('normal'),
});

export const jobSchema = z.object({
  id: z.string(),
  state: z.enum(jobStates),
  priority: z.enum(priorities),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
  ahead: z.number().int().min(0).optional().describe('Jobs that run or will run before this one.'),
  pictures: z.number().int().min(0).describe('How many are ready; all at once, when it is done.'),
  progress: progressSchema.optional().describe('The latest, without its preview.'),
  error: errorSchema.optional().describe('Why it failed.'),
});
export type WireJob = z.infer<typeof jobSchema>;

/** A request whose pictures (`image.picture` ...) are left out: who asked has them. */
const strippedRequest = z.record(z.string(), z.unknown());

const keypoint = z.tuple([z.number(), z.number(), z.number().min(0).max(1)]);

const limb = z.enum(bodyParts.map(({ name }) => name));

const scoreSchema = z
  .object({
    similarity: z.number().min(0).max(1).describe("Mean of the people's."),
    people: z.array(
      z.object({
        person: z.number().int().min(0).describe("Its place in the request's poses."),
        similarity: z
          .number()
          .min(0)
          .max(1)
          .describe('Object keypoint similarity of the found to the asked pose.'),
        found: z
          .object({ keypoints: z.array(keypoint).length(keypointNames.length) })
          .optional()
          .describe("In the request's pixels; absent when nobody was found."),
        limbsOff: z
          .array(
            z.object({
              limb,
              degrees: z.number().min(0).max(180),
              headLengths: z.number().min(0),
            }),
          )
          .describe('The farthest off first.'),
      }),
    ),
  })
  .describe('How well the picture keeps to the asked poses.');

const pictureSchema = z.object({
  seed: z.number().int(),
  width: z.number().int(),
  height: z.number().int(),
  url: z.string().describe('The PNG; with the token, like everything.'),
  hintUrl: z.string().optional().describe("The skeletons' PNG."),
  score: scoreSchema.optional().describe('When it was asked for.'),
  warnings: z.array(z.string()),
  request: strippedRequest.describe(
    'Makes exactly this picture; pictures that the request held are left out.',
  ),
});

export const resultSchema = z.object({
  id: z.string(),
  pictures: z.array(
    pictureSchema.extend({
      others: z
        .array(pictureSchema)
        .optional()
        .describe('With best-of: what the picture was chosen from, best first.'),
    }),
  ),
  timings: z.record(z.string(), seconds),
});
export type WireResult = z.infer<typeof resultSchema>;

export const historySchema = z.object({
  jobs: z.array(jobSchema.extend({ prompt: z.string() })).describe('The newest first.'),
  next: z.string().optional().describe('Give it as `before` for the older ones.'),
});

export const describeSchema = z.object({
  kind: z.string(),
  name: z.string(),
  place: z.enum(['this-device', 'elsewhere']),
  device: z.string(),
  can: z.object({ detectPose: z.boolean(), matte: z.boolean() }),
  limits: z.object({
    pixels: z.number().optional(),
    count: z.number().optional(),
    steps: z.number().optional(),
  }),
  advice: z.array(z.string()),
  server: z.object({
    version: z.string(),
    protocols: z.array(z.number().int()),
    waiting: z.number().int(),
    running: z.number().int(),
  }),
});

export const modelsSchema = z.object({
  models: z.array(
    z.object({
      id: z.string(),
      config: z.record(z.string(), z.unknown()),
      adapters: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.unknown()) })),
      loras: z.array(z.string()),
      embeddings: z.array(z.string()),
      bytes: z.number().optional(),
    }),
  ),
});

const rectangle = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const pictureInput = base64.min(1).describe('A PNG in base64.');

export const detectSchema = z.strictObject({
  picture: pictureInput,
  boxes: z.array(rectangle).max(100).optional(),
  maxPeople: z.number().int().min(1).max(100).optional(),
});

export const peopleSchema = z.object({
  people: z.array(
    z.object({
      pose: z.record(z.string(), z.unknown()).describe('As in a generation request.'),
      box: rectangle,
      score: z.number(),
      isGuess: z.boolean(),
    }),
  ),
});

export const matteSchema = z.strictObject({ picture: pictureInput });

const poseFile = z
  .union([z.string().max(2 ** 24), z.record(z.string(), z.unknown()), z.array(z.unknown())])
  .describe('A pose file in any known form: its text, or its JSON.');
const drawnSide = z.number().int().min(1).max(8192);

export const convertPoseSchema = z.strictObject({
  pose: poseFile,
  to: z.string().max(40).describe('The form to write.'),
  width: drawnSide.optional().describe("Of the picture; the file's own when absent."),
  height: drawnSide.optional(),
});

export const convertedPoseSchema = z.object({
  format: z.string().describe('The form that was read.'),
  text: z.string(),
  mediaType: z.string(),
  width: z.number(),
  height: z.number(),
  notes: z.array(z.string()),
});

export const drawPoseSchema = z.strictObject({
  pose: poseFile,
  width: drawnSide.optional(),
  height: drawnSide.optional(),
  style: z.enum(['stable-pose', 'openpose']).default('stable-pose'),
  as: z.enum(['png', 'svg']).default('png'),
});

export const healthSchema = z.object({
  service: z.literal('stable-pose'),
  protocols: z.array(z.number().int()),
});

/** Names of server-sent events. `job` when the state changes, at the beginning and at the end; `progress` between. */
export const eventNames = ['job', 'progress'] as const;
