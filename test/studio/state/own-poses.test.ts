import { type Pose, StablePoseError } from '@stable-pose/core';
import { memoryStore } from '@stable-pose/sdk';
import { describe, expect, it } from 'vitest';
import { OwnPoses } from '../../../packages/studio/src/state/own-poses.ts';

const pose: Pose = { keypoints: Array.from({ length: 17 }, (_, i) => [40 + i * 8, 60 + i * 5, 1] as const) };
const size = { width: 256, height: 256 };
const fail = (error: StablePoseError) => {
  throw error;
};

describe('poses of one’s own', () => {
  it('come back from the store, renamed, newest first, and without the deleted ones', async () => {
    const store = memoryStore({ place: 'device' });
    const own = new OwnPoses(store, fail);
    const first = own.add('  two   at a table ', [pose, pose], size);
    const second = own.add('alone', [pose], size);
    own.add('gone', [pose], size);
    own.remove(own.list.value[0].id);
    own.rename(second.id, 'all alone');
    own.rename(second.id, '   ');
    await own.settled();
    const again = new OwnPoses(store, fail);
    await again.load();
    expect(again.list.value).toEqual([
      { ...second, name: 'all alone' },
      { ...first, name: 'two at a table' },
    ]);
  });

  it('are passed over where a file is broken, which stays where it is', async () => {
    const store = memoryStore({ place: 'device' });
    for (const [name, text] of [
      ['broken', '{'],
      ['other', '{"version":2,"name":"x","poses":[],"size":{"width":1,"height":1}}'],
      ['nobody', '{"version":1,"name":"x","poses":[],"size":{"width":1,"height":1}}'],
      ['unsized', `{"version":1,"name":"x","poses":${JSON.stringify([pose])},"size":{}}`],
    ]) {
      await store.write(`poses/${name}.json`, new TextEncoder().encode(text));
    }
    const own = new OwnPoses(store, fail);
    await own.load();
    expect(own.list.value).toEqual([]);
    expect(await store.names('poses/')).toHaveLength(4);
  });

  it('stay while the page is open where the store fails, and it is told', async () => {
    const broken = async () => {
      throw new StablePoseError('storage-full', 'Full.');
    };
    const told: string[] = [];
    const own = new OwnPoses({ ...memoryStore({ place: 'device' }), write: broken }, ({ code }) =>
      told.push(code),
    );
    own.add('alone', [pose], size);
    await own.settled();
    expect(own.list.value).toHaveLength(1);
    expect(told).toEqual(['storage-full']);
  });

  it('refuse to be nobody', () => {
    const own = new OwnPoses(memoryStore({ place: 'device' }), fail);
    expect(() => own.add('nobody', [], size)).toThrow('nobody');
    expect(own.list.value).toEqual([]);
  });
});
