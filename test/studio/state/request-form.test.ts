import type { Pose } from '@stable-pose/core';
import type { EngineModel } from '@stable-pose/sdk';
import { describe, expect, it } from 'vitest';
import { emptyForm, formOfRequest, requestOfForm } from '../../../packages/studio/src/state/request-form.ts';

const pose: Pose = { keypoints: Array.from({ length: 17 }, (_, i) => [40 + i * 8, 60 + i * 5, 1] as const) };
const size = { width: 256, height: 256 };
const residuals = [{ channels: 32, factor: 1 }];
const known: EngineModel['adapters'] = [
  {
    name: 'pose',
    config: {
      kind: 'stable-pose',
      name: 'Figurine',
      licence: 'unknown',
      hint: { drawing: 'stable-pose', range: '0..1', lineWidth: 10 },
      kernels: [23],
      sigma: 3,
      patchSize: 2,
      residuals,
    },
  } as unknown as EngineModel['adapters'][number],
  {
    name: 'hands-1a2b',
    config: {
      kind: 'controlnet',
      name: 'openpose',
      licence: 'unknown',
      hint: { drawing: 'openpose', range: '0..1' },
      residuals,
    },
  } as unknown as EngineModel['adapters'][number],
];

describe('what looks at the pose', () => {
  it('goes into the request by kind and name, with strength and range, and comes back from it', () => {
    const form = { ...emptyForm, adapter: 'hands-1a2b', strength: 0.8 };
    const request = requestOfForm(form, [pose], size, { knownAdapters: known });
    expect(request.adapters).toEqual([
      { kind: 'controlnet', model: 'hands-1a2b', strength: 0.8, from: 0, to: 1 },
    ]);
    expect(formOfRequest(request, emptyForm)).toMatchObject({ adapter: 'hands-1a2b', strength: 0.8 });
  });

  it("is the model's own where nothing is chosen, where it went away, and without a pose", () => {
    const ask = (adapter: string | undefined, poses = [pose]) =>
      requestOfForm({ ...emptyForm, adapter }, poses, size, { knownAdapters: known }).adapters;
    expect(ask(undefined)).toBeUndefined();
    expect(ask('gone')).toBeUndefined();
    expect(ask('hands-1a2b', [])).toBeUndefined();
  });
});
