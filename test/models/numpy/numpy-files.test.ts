import { existsSync, readFileSync } from 'node:fs';
import { NumpyArray, readNpz, writeRecordsNpz } from '@stable-pose/models';
import { describe, expect, it } from 'vitest';

interface Person {
  readonly keypoints: number[][];
  readonly score: number;
  readonly area: number;
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/numpy-files.json', import.meta.url), 'utf8'),
) as {
  files: Record<string, { npz: string; people: Person[] }>;
  evil: string;
  numbers: string;
  strings: string;
};
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

/** Dictionaries as Python had them; a list inside a 0-dimensional array is taken out of it. */
function recordsOf(array: NumpyArray): Map<unknown, unknown>[] {
  const [first] = array.values as unknown[];
  const items = array.shape.length === 0 && Array.isArray(first) ? first : (array.values as unknown[]);
  return items as Map<unknown, unknown>[];
}

describe('pose files of NumPy', () => {
  it.each(Object.keys(golden.files))('reads what NumPy wrote: %s', async (name) => {
    const { npz, people } = golden.files[name]!;
    const array = (await readNpz(bytesOf(npz), name)).get('arr_0')!;
    const records = recordsOf(array);
    expect(records).toHaveLength(people.length);
    for (const [i, person] of people.entries()) {
      const keypoints = records[i]!.get('keypoints') as NumpyArray;
      expect(keypoints.shape).toEqual([17, 3]);
      expect([...(keypoints.values as Float64Array)]).toEqual(person.keypoints.flat());
      expect(records[i]!.get('score')).toBe(person.score);
      expect(records[i]!.get('area')).toBe(person.area);
    }
  });

  it('never executes what a file asks for', async () => {
    const array = (await readNpz(bytesOf(golden.evil), 'evil.npz')).get('arr_0')!;
    expect(existsSync('/tmp/stable-pose-was-executed')).toBe(false);
    expect(recordsOf(array)[0]!.get('keypoints')).not.toBeInstanceOf(NumpyArray);
  });

  it('reads arrays of numbers, whichever index runs fastest', async () => {
    const arrays = await readNpz(bytesOf(golden.numbers), 'numbers.npz');
    expect([...(arrays.get('features')!.values as Float64Array)]).toEqual([...Array(12).keys()]);
    expect([...(arrays.get('flags')!.values as Float64Array)]).toEqual([1, 0]);
  });

  it('says which types are not read', async () => {
    await expect(readNpz(bytesOf(golden.strings), 'strings.npz')).rejects.toMatchObject({
      code: 'checkpoint-unsupported',
    });
  });

  it('refuses a file that was cut off or changed, wherever it was', async () => {
    const whole = bytesOf(golden.files.list!.npz);
    for (let length = 0; length < whole.length; length += 97) {
      await expect(readNpz(whole.slice(0, length), 'cut.npz')).rejects.toMatchObject({
        code: expect.stringMatching(/^checkpoint-/),
      });
    }
  });

  it('writes records that it reads again', async () => {
    const data = Float32Array.from({ length: 51 }, (_, i) => i / 3);
    const bytes = writeRecordsNpz([{ keypoints: { shape: [17, 3], data }, score: 0.25 }, {}]);
    const records = recordsOf((await readNpz(bytes, 'own.npz')).get('arr_0')!);
    expect([...((records[0]!.get('keypoints') as NumpyArray).values as Float64Array)]).toEqual([...data]);
    expect(records[0]!.get('score')).toBe(0.25);
    expect(records[1]!.size).toBe(0);
  });
});
