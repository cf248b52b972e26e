import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesPerElement } from '../../../models/src/checkpoint/data-type.ts';
import {
  blobAccess,
  bytesAccess,
  type DataType,
  dataTypes,
  openCheckpoint,
  readCheckpoint,
} from '../../../models/src/checkpoint/index.ts';
import { tensorOfBytes } from '../../../models/src/checkpoint/streamed-tensor.ts';
import { writeSafetensorsFile } from '../../../models/src/checkpoint/write-checkpoint.ts';
import { refusedWith } from './refused-with.ts';

const folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file whose header says anything. */
function fileOf(header: unknown, data = new Uint8Array(0), claimedLength?: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimedLength ?? json.length));
  return new Uint8Array(Buffer.concat([length, json, data]));
}
const read = (bytes: Uint8Array) => readCheckpoint(bytesAccess(bytes, 'x.safetensors'));
const f32 = (shape: number[], start: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [start, end],
});

describe('reading safetensors', () => {
  it('gives back what was written, in place, for every type and shape', async () => {
    const tensorArbitrary = fc.record({
      dtype: fc.constantFrom<DataType>(...dataTypes),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    });
    const keys = fc
      .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
      .filter((key) => key !== '__metadata__');
    const model = fc.uniqueArray(fc.tuple(keys, tensorArbitrary), { selector: ([key]) => key, maxLength: 6 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(model, async (described) => {
        const path = join(folder, `property-${run++}.safetensors`);
        const tensors = described.map(([key, { dtype, shape }], index) => {
          const length = shape.reduce((product, side) => product * side, 1) * bytesPerElement[dtype];
          const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + index * 31) & 0xff);
          return { bytes, tensor: tensorOfBytes(key, shape, dtype, bytes) };
        });
        await writeSafetensorsFile(
          path,
          tensors.map(({ tensor }) => tensor),
          { note: 'x' },
        );
        const checkpoint = await openCheckpoint(path);
        expect([...checkpoint.tensors.keys()].sort()).toEqual(tensors.map(({ tensor }) => tensor.key).sort());
        expect(checkpoint.metadata.get('note')).toBe('x');
        for (const { bytes, tensor } of tensors) {
          const entry = checkpoint.tensors.get(tensor.key)!;
          expect([entry.dtype, entry.shape]).toEqual([tensor.dtype, tensor.shape]);
          expect(entry.inPlace).toMatchObject({ file: path, length: bytes.length });
          expect(Buffer.compare(await checkpoint.read(tensor.key), bytes)).toBe(0);
        }
        await checkpoint.close();
      }),
      { numRuns: 40 },
    );
  });

  it('turns every type into float32', async () => {
    const one: Record<DataType, Uint8Array> = {
      f16: new Uint8Array(Uint16Array.of(0xc100).buffer),
      bf16: new Uint8Array(Uint16Array.of(0xc020).buffer),
      f32: new Uint8Array(Float32Array.of(-2.5).buffer),
      f64: new Uint8Array(Float64Array.of(-2.5).buffer),
      i64: new Uint8Array(BigInt64Array.of(-3n).buffer),
      i32: new Uint8Array(Int32Array.of(-3).buffer),
      i16: new Uint8Array(Int16Array.of(-3).buffer),
      i8: new Uint8Array(Int8Array.of(-3).buffer),
      u8: Uint8Array.of(253),
      bool: Uint8Array.of(1),
    };
    const path = join(folder, 'types.safetensors');
    await writeSafetensorsFile(
      path,
      dataTypes.map((dtype) => tensorOfBytes(dtype, [1], dtype, one[dtype])),
    );
    const checkpoint = await openCheckpoint(path);
    const values = await Promise.all(
      dataTypes.map(async (dtype) => (await checkpoint.readFloat32(dtype))[0]),
    );
    expect(values).toEqual([-2.5, -2.5, -2.5, -2.5, -3, -3, -3, -3, 253, 1]);
    await checkpoint.close();
  });

  it('reads a Blob in ranges, and touches only the header before it is asked', async () => {
    const bytes = fileOf({ a: f32([2], 0, 8), b: f32([1], 8, 12) }, new Uint8Array(12).fill(1));
    const inner = blobAccess(new Blob([bytes.slice().buffer as ArrayBuffer]), 'blob');
    const ranges: number[][] = [];
    const checkpoint = await readCheckpoint({
      ...inner,
      read: (offset, length) => {
        ranges.push([offset, length]);
        return inner.read(offset, length);
      },
    });
    const header = bytes.length - 12 - 8;
    expect(ranges.filter(([offset, length]) => offset > 0 && offset + length > 8 + header)).toEqual([]);
    expect(await checkpoint.read('b')).toEqual(new Uint8Array(4).fill(1));
    expect(ranges[ranges.length - 1]).toEqual([8 + header + 8, 4]);
  });

  it('leaves types aside that are not read, and says so', async () => {
    const checkpoint = await read(
      fileOf({ a: { dtype: 'F8_E4M3', shape: [4], data_offsets: [0, 4] } }, new Uint8Array(4)),
    );
    expect(checkpoint.tensors.size).toBe(0);
    expect(checkpoint.warnings.join()).toContain('F8_E4M3');
  });

  it('reads sharded files by their index, and refuses an index that lies', async () => {
    const values = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
    writeFileSync(join(folder, 'm-1.safetensors'), fileOf({ a: f32([1], 0, 4) }, values(1)));
    writeFileSync(join(folder, 'm-2.safetensors'), fileOf({ b: f32([1], 0, 4) }, values(2)));
    const index = (map: Record<string, string>) => {
      const path = join(folder, 'm.safetensors.index.json');
      writeFileSync(path, JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }));
      return path;
    };
    const checkpoint = await openCheckpoint(index({ a: 'm-1.safetensors', b: 'm-2.safetensors' }));
    expect([await checkpoint.readFloat32('a'), await checkpoint.readFloat32('b')]).toEqual([
      Float32Array.of(1),
      Float32Array.of(2),
    ]);
    expect(checkpoint.files).toHaveLength(2);
    await checkpoint.close();
    await refusedWith('checkpoint-corrupt', () =>
      openCheckpoint(index({ a: 'm-2.safetensors', b: 'm-2.safetensors' })),
    );
    await refusedWith('checkpoint-corrupt', () => openCheckpoint(index({ a: '../m-1.safetensors' })));
    await refusedWith('checkpoint-corrupt', () => openCheckpoint(index({})));
    await refusedWith('file-not-found', () => openCheckpoint(index({ a: 'm-3.safetensors' })));
  });

  it('refuses an index in an index', async () => {
    const inner = join(folder, 'inner.index.json');
    writeFileSync(inner, JSON.stringify({ weight_map: { a: 'm-1.safetensors' } }));
    const outer = join(folder, 'outer.index.json');
    writeFileSync(outer, JSON.stringify({ weight_map: { a: 'inner.index.json' } }));
    await refusedWith('checkpoint-unsupported', () => openCheckpoint(outer));
  });

  it.each<[string, Uint8Array]>([
    ['a header longer than the file', fileOf({}, undefined, 1000)],
    ['a header longer than any', fileOf({}, undefined, 2 ** 31)],
    ['a header that is no JSON', fileOf('{"a":')],
    ['a header that is a list', fileOf('[]')],
    [
      'a key that comes twice',
      fileOf(
        `{"a":${JSON.stringify(f32([1], 0, 4))},"a":${JSON.stringify(f32([1], 0, 4))}}`,
        new Uint8Array(4),
      ),
    ],
    ['a tensor beyond the end', fileOf({ a: f32([2], 0, 8) }, new Uint8Array(4))],
    ['offsets in the wrong order', fileOf({ a: f32([0], 8, 4) }, new Uint8Array(8))],
    ['negative offsets', fileOf({ a: f32([1], -4, 0) }, new Uint8Array(8))],
    ['offsets that are no whole numbers', fileOf({ a: f32([1], 0.5, 4.5) }, new Uint8Array(8))],
    ['fewer bytes than its shape needs', fileOf({ a: f32([3], 0, 8) }, new Uint8Array(8))],
    ['a shape whose product overflows', fileOf({ a: f32([2 ** 30, 2 ** 30], 0, 8) }, new Uint8Array(8))],
    ['a negative side', fileOf({ a: f32([-1, -2], 0, 8) }, new Uint8Array(8))],
    ['overlapping tensors', fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, new Uint8Array(12))],
    ['the same bytes twice', fileOf({ a: f32([2], 0, 8), b: f32([2], 0, 8) }, new Uint8Array(8))],
    ['no shape', fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, new Uint8Array(4))],
    ['an entry that is null', fileOf({ a: null })],
    ['metadata that is a text', fileOf({ __metadata__: 'x'.repeat(100) })],
    ['deep nesting', fileOf(`{"a":${'['.repeat(100_000)}`)],
    ['five million values', fileOf(`{"a":[${'0,'.repeat(5_000_000)}0]}`)],
    ['nothing', new Uint8Array(0)],
  ])('refuses a file with %s', async (_, bytes) => {
    await refusedWith('checkpoint-corrupt', () => read(bytes));
  });

  it('refuses every cut of a good file', async () => {
    const whole = fileOf({ a: f32([2], 0, 8), b: f32([1], 8, 12) }, new Uint8Array(12));
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.subarray(0, length);
      await expect(read(cut)).rejects.toMatchObject({ name: 'StablePoseError' });
    }
  });

  it('keeps messages short when names are long', async () => {
    const message = await refusedWith('checkpoint-corrupt', () =>
      read(fileOf({ ['n'.repeat(1_000_000)]: null })),
    );
    expect(message.length).toBeLessThan(1000);
  });
});

describe('telling formats apart', () => {
  it.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', 'git lfs pull'],
    ['a web page', '<!DOCTYPE html><html></html>', 'web page'],
    ['GGUF', 'GGUF\x03\x00\x00\x00tensors', 'GGUF'],
    ['something else', 'hello, this is a text and no checkpoint', 'no checkpoint'],
  ])('says what %s is', async (_, content, word) => {
    const message = await refusedWith('checkpoint-unsupported', () =>
      read(new Uint8Array(Buffer.from(content, 'latin1'))),
    );
    expect(message).toContain(word);
  });

  it('says when a file is not there, or is a folder', async () => {
    await refusedWith('file-not-found', () => openCheckpoint(join(folder, 'absent')));
    await refusedWith('file-not-found', () => openCheckpoint(folder));
  });

  it('reads several files as one, and refuses a name that two of them hold', async () => {
    const paths = ['p', 'q'].map((key) => {
      const path = join(folder, `${key}.safetensors`);
      writeFileSync(path, fileOf({ [key]: f32([1], 0, 4) }, new Uint8Array(4)));
      return path;
    });
    const checkpoint = await openCheckpoint(paths);
    expect([...checkpoint.tensors.keys()]).toEqual(['p', 'q']);
    await checkpoint.close();
    await refusedWith('checkpoint-corrupt', () => openCheckpoint([paths[0]!, paths[0]!]));
  });
});
