import { describe, expect, it } from 'vitest';
import { StablePoseError } from '../../../packages/core/src/errors.ts';
import {
  type GenerationRequestInput,
  generationRequestSchema,
  parseRequest,
  requestJsonSchema,
} from '../../../packages/core/src/pipeline/index.ts';
import { standingPerson } from './tiny-pipeline.ts';

const person = standingPerson(100, 30, 200);

/** A request with every field said. */
const whole: GenerationRequestInput = {
  version: 1,
  prompt: 'a (dancer:1.2)',
  negativePrompt: 'grey',
  clipSkip: 2,
  width: 256,
  height: 320,
  poses: [person],
  outOfFrame: 'reference',
  adapters: [{ kind: 'stable-pose', model: 'pose', strength: 0.8, from: 0.1, to: 0.9 }],
  seed: 4294967295,
  count: 2,
  bestOf: 3,
  poseScore: { measure: true, line: 0.6 },
  scheduler: 'euler-ancestral',
  spacing: 'karras',
  steps: 12,
  exactSteps: false,
  eta: 0.5,
  guidanceScale: 6.5,
  model: 'some-model',
  vae: 'some-vae',
  loras: [{ model: 'style', strength: -0.5 }],
  embeddings: ['mood'],
  image: { picture: 'AAAA', strength: 0.4, fit: 'stretch' },
  mask: { picture: 'AAAA', feather: 3, invert: true },
  repose: { from: [person], picture: 'AAAA', margin: 10, feather: 2, strength: 0.9 },
  detail: { scale: 4, strength: 0.2, steps: 9, tile: 256, overlap: 64 },
  vaeTile: { size: 512, overlap: 32 },
  previews: { every: 3, at: [1, 7], how: 'vae' },
};

const refusal = (value: unknown): StablePoseError => {
  try {
    parseRequest(value);
  } catch (error) {
    return StablePoseError.from(error);
  }
  throw new Error('The request was accepted.');
};

describe('parseRequest', () => {
  it('fills in every default that does not depend on the model', () => {
    expect(parseRequest({ prompt: 'a dancer' })).toEqual({
      version: 1,
      prompt: 'a dancer',
      clipSkip: 1,
      poses: [],
      outOfFrame: 'clip',
      seed: 0,
      count: 1,
      bestOf: 1,
      poseScore: { measure: false, line: 0.5 },
      spacing: 'uniform',
      exactSteps: true,
      loras: [],
      embeddings: [],
      vaeTile: { size: 768, overlap: 64 },
      previews: { every: 1, how: 'none' },
    });
    expect(parseRequest({ adapters: [{}] }).adapters).toEqual([
      { kind: 'stable-pose', strength: 1, from: 0, to: 1 },
    ]);
  });

  it('keeps every field, through JSON too', () => {
    const parsed = parseRequest(whole);
    expect(parsed).toEqual(whole);
    expect(Object.keys(parsed).sort()).toEqual(Object.keys(generationRequestSchema.shape).sort());
    expect(parseRequest(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it.each<[unknown, string, RegExp]>([
    [{ steps: 0 }, 'steps', /steps must be at least 1, got 0/],
    [{ steps: 2.5 }, 'steps', /steps must be a whole number, got 2\.5/],
    [{ width: 100 }, 'width', /width must be a multiple of 8, got 100/],
    [{ width: 9000 }, 'width', /at most 8192/],
    [{ seed: -1 }, 'seed', /at least 0/],
    [{ seed: Number.NaN }, 'seed', /must be a number, got NaN/],
    [{ guidanceScale: Number.POSITIVE_INFINITY }, 'guidanceScale', /Infinity/],
    [{ prompt: 7 }, 'prompt', /must be a text, got 7/],
    [{ prompt: 'x'.repeat(20_001) }, 'prompt', /at most 20000 characters/],
    [{ scheduler: 'magic' }, 'scheduler', /one of ddim, plms, .*got "magic"/],
    [{ adapters: [{ from: 0.8, to: 0.2 }] }, 'adapters[0].from', /must not be above to/],
    [{ adapters: Array(9).fill({}) }, 'adapters', /at most 8 entries/],
    [{ detail: { scale: 3 } }, 'detail.scale', /one of 2, 4, got 3/],
    [{ detail: { tile: 256, overlap: 200 } }, 'detail.overlap', /half the tile/],
    [{ poses: 'standing' }, 'poses', /must be a list/],
    [{ poses: [{ keypoints: [[1, 2, 1]] }] }, 'poses', /Person 1 needs 17 keypoints/],
    [{ poses: Array(11).fill(person) }, 'poses', /At most 10 people/],
    [{ repose: { from: [{}] } }, 'repose.from', /Person 1/],
    [{ version: 2 }, 'version', /version 1 was expected, got version 2/],
    [{ guidance: 7 }, 'The request', /no field "guidance"/],
    [{ image: { picture: '', strength: 0.5 } }, 'image.picture', /at least 1 characters/],
    [{ mask: { picture: 'AAAA' } }, 'mask', /there is no image/],
    [{ repose: { from: [] } }, 'repose', /needs people/],
  ])('refuses %j', (value, field, message) => {
    const error = refusal(value);
    expect(error).toMatchObject({ code: 'invalid-request', details: { field } });
    expect(error.message).toMatch(message);
  });

  it('refuses what is no object', () => {
    for (const value of [null, undefined, 3, 'a dancer', [], () => 1]) {
      expect(refusal(value).code).toBe('invalid-request');
    }
  });

  it('tells several faults at once, and not endlessly many', () => {
    expect(refusal({ steps: 0, seed: -1 }).message).toMatch(/seed .*steps|steps .*seed/);
    const many = refusal({ loras: Array.from({ length: 30 }, () => ({ model: '' })) });
    expect(many.message).toMatch(/And 25 more\./);
  });

  it('finds the field that a misspelt one was meant as', () => {
    expect(refusal({ promt: 'x' }).message).toMatch(/Did you mean prompt\?/);
    expect(refusal({ guidance_scale: 3 }).message).toMatch(/Did you mean guidanceScale\?/);
  });
});

describe('requestJsonSchema', () => {
  it('describes what may be written: nothing needed, nothing unknown', () => {
    const schema = requestJsonSchema() as {
      additionalProperties: boolean;
      required?: string[];
      properties: Record<string, { default?: unknown; description?: string }>;
    };
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required ?? []).toEqual([]);
    expect(schema.properties.count).toMatchObject({ minimum: 1, maximum: 256, default: 1 });
    expect(schema.properties.seed?.description).toMatch(/seed \+ i/);
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });
});
