import { requestJsonSchema } from '@stable-pose/core';
import {
  apiPath,
  clientHeader,
  convertedPoseSchema,
  convertPoseSchema,
  describeSchema,
  detectSchema,
  drawPoseSchema,
  failureSchema,
  historySchema,
  idempotencyHeader,
  jobSchema,
  matteSchema,
  modelsSchema,
  peopleSchema,
  protocolHeader,
  resultSchema,
  submitSchema,
} from '@stable-pose/sdk/remote';
import { z } from 'zod';

interface Route {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly answer?: z.ZodType | 'image/png' | 'text/event-stream';
  readonly status?: number;
}

const routes: readonly Route[] = [
  { method: 'get', path: '/server', summary: 'What the server is and can', answer: describeSchema },
  {
    method: 'get',
    path: '/models',
    summary: 'Its models; the first is used when a request names none',
    answer: modelsSchema,
  },
  {
    method: 'post',
    path: '/jobs',
    summary: 'Ask for pictures',
    body: submitSchema,
    answer: jobSchema,
    status: 202,
  },
  { method: 'get', path: '/jobs/{id}', summary: 'How a job stands', answer: jobSchema },
  {
    method: 'get',
    path: '/jobs/{id}/events',
    summary: 'Its events as they come: job and progress. Last-Event-ID resumes.',
    answer: 'text/event-stream',
  },
  { method: 'post', path: '/jobs/{id}/cancel', summary: 'End it', answer: jobSchema },
  {
    method: 'delete',
    path: '/jobs/{id}',
    summary: 'Forget a job that has ended, with its pictures',
    status: 204,
  },
  { method: 'get', path: '/jobs/{id}/result', summary: 'What it made', answer: resultSchema },
  { method: 'get', path: '/jobs/{id}/pictures/{index}', summary: 'A picture', answer: 'image/png' },
  {
    method: 'get',
    path: '/jobs/{id}/pictures/{index}/hint',
    summary: "A picture's skeletons",
    answer: 'image/png',
  },
  { method: 'get', path: '/jobs/{id}/preview', summary: 'The latest preview', answer: 'image/png' },
  {
    method: 'get',
    path: '/history',
    summary: 'Jobs, the newest first: ?limit, ?before',
    answer: historySchema,
  },
  {
    method: 'post',
    path: '/poses/detect',
    summary: 'Find the people in a picture',
    body: detectSchema,
    answer: peopleSchema,
  },
  {
    method: 'post',
    path: '/matte',
    summary: 'Tell people from background',
    body: matteSchema,
    answer: 'image/png',
  },
  {
    method: 'post',
    path: '/poses/convert',
    summary: 'A pose file in another form',
    body: convertPoseSchema,
    answer: convertedPoseSchema,
  },
  {
    method: 'post',
    path: '/poses/draw',
    summary: 'Skeletons as PNG or SVG',
    body: drawPoseSchema,
    answer: 'image/png',
  },
];

/** The API as an OpenAPI 3.1 document, made of the schemas that check it. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, summary, body, answer, status = 200 } of routes) {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    const full = `${apiPath}${path}`;
    paths[full] ??= {};
    paths[full][method] = {
      summary,
      parameters: [
        ...parameters,
        ...(path === '/jobs' ? [headerParameter(idempotencyHeader), headerParameter(clientHeader)] : []),
        headerParameter(protocolHeader),
      ],
      ...(body
        ? {
            requestBody: {
              required: true,
              content: { 'application/json': { schema: schemaOf(body, 'input') } },
            },
          }
        : {}),
      responses: {
        [status]: { description: summary, ...contentOf(answer) },
        default: {
          description: 'What went wrong, by its code',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stable-Pose server',
      version,
      description:
        'A prompt and a drawn skeleton become a picture. Every request carries the token as a bearer.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { GenerationRequest: requestJsonSchema(), Failure: schemaOf(failureSchema, 'output') },
    },
  };
}

function headerParameter(name: string) {
  return { name, in: 'header', required: false, schema: { type: 'string' } };
}

function contentOf(answer: Route['answer']) {
  if (answer === undefined) return {};
  if (typeof answer === 'string') return { content: { [answer]: {} } };
  return { content: { 'application/json': { schema: schemaOf(answer, 'output') } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
