import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesAccess,
  type Checkpoint,
  openCheckpoint,
  readCheckpoint,
} from '../../../models/src/checkpoint/index.ts';
import { dictionary, integer, pickleOf, tensor, text } from './build-pickle.ts';
import { type BuiltEntry, buildZip } from './build-zip.ts';
import { refusedWith } from './refused-with.ts';

const golden = join(import.meta.dirname, 'golden');
const reference = join(import.meta.dirname, '../../conformance/reference/model');

async function expectSame(
  found: Checkpoint,
  expected: Checkpoint,
  keys = [...expected.tensors.keys()],
): Promise<void> {
  for (const key of keys) {
    const [entry, wanted] = [found.tensors.get(key), expected.tensors.get(key)];
    expect([key, entry?.dtype, entry?.shape]).toEqual([key, wanted?.dtype, wanted?.shape]);
    expect(Buffer.compare(await found.read(key), await expected.read(key)), key).toBe(0);
  }
}

const floats = (count: number) => new Uint8Array(Float32Array.from({ length: count }, (_, i) => i).buffer);

/** A torch file of a pickle and storages, whatever they say. */
function torchFile(
  pickle: Uint8Array,
  storages: Record<string, Uint8Array> = {},
  more: readonly BuiltEntry[] = [],
): Uint8Array {
  return buildZip([
    { name: 'archive/data.pkl', data: pickle },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
    ...more,
  ]);
}
const read = (bytes: Uint8Array) => readCheckpoint(bytesAccess(bytes, 'x.ckpt'));

describe('reading torch files', () => {
  it('equals the reference on edge cases: types, views of one storage, parameters, an envelope of foreign classes', async () => {
    const found = await openCheckpoint(join(reference, 'pickle_edge_cases.ckpt'));
    const expected = await openCheckpoint(join(reference, 'pickle_edge_cases.expected.safetensors'));
    expect([...found.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    await expectSame(found, expected);
    expect(found.metadata.get('global_step')).toBe('470000');
    expect(found.warnings.join()).toContain('callbacks');
    await Promise.all([found.close(), expected.close()]);
  });

  it('equals the reference on a whole small model, every tensor in place', async () => {
    const found = await openCheckpoint(join(reference, 'tiny_sd.ckpt'));
    const expected = await openCheckpoint(join(reference, 'tiny.safetensors'));
    const base = [...expected.tensors.keys()].filter((key) => !key.startsWith('stable_pose_adapter.'));
    expect([...found.tensors.keys()].sort()).toEqual(base.sort());
    await expectSame(found, expected, base);
    const bytes = readFileSync(join(reference, 'tiny_sd.ckpt'));
    for (const { key, inPlace } of found.tensors.values()) {
      const { offset, length } = inPlace!;
      expect(Buffer.compare(bytes.subarray(offset, offset + length), await expected.read(key)), key).toBe(0);
    }
    await Promise.all([found.close(), expected.close()]);
  });

  it.each([
    'protocol-2.ckpt',
    'protocol-3.ckpt',
    'protocol-4.ckpt',
    'protocol-5.ckpt',
    'bare.pt',
    'deflated.pt',
    'legacy-state.pt',
  ])('reads what PyTorch 2 wrote: %s', async (name) => {
    const found = await openCheckpoint(join(golden, name));
    const expected = await openCheckpoint(join(golden, 'expected.safetensors'));
    expect([...found.tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    await expectSame(found, expected);
    const copied = [...found.tensors.values()].filter(({ inPlace }) => !inPlace).map(({ key }) => key);
    if (name === 'deflated.pt') expect(copied).toHaveLength(found.tensors.size);
    else expect(copied.sort()).toEqual(['channels_last', 'expanded', 'steps', 'transposed']);
    await Promise.all([found.close(), expected.close()]);
  });

  it('refuses a file of PyTorch before 1.6 that is cut off, or says other sizes than it has', async () => {
    const whole = readFileSync(join(golden, 'legacy.pt'));
    const folder = mkdtempSync(join(tmpdir(), 'legacy-'));
    for (const length of [200, whole.length - 9, whole.length - 1]) {
      const file = join(folder, `${length}.pt`);
      writeFileSync(file, whole.subarray(0, length));
      await refusedWith('checkpoint-corrupt', () => openCheckpoint(file));
    }
    const more = join(folder, 'more.pt');
    writeFileSync(more, Buffer.concat([whole, Buffer.alloc(3)]));
    await refusedWith('checkpoint-corrupt', () => openCheckpoint(more));
    const other = join(folder, 'other.pt');
    const changed = Buffer.from(whole);
    changed[whole.length - 16] = 7;
    writeFileSync(other, changed);
    await refusedWith('checkpoint-corrupt', () => openCheckpoint(other));
    rmSync(folder, { recursive: true });
  });

  it.each([['torchscript.pt', 'TorchScript']])('refuses %s with a word on what to do', async (name, word) => {
    expect(await refusedWith('checkpoint-unsupported', () => openCheckpoint(join(golden, name)))).toContain(
      word,
    );
  });

  it('takes the parameters of a whole saved layer, and names types that are not read', async () => {
    const layer = await openCheckpoint(join(golden, 'whole-module.pt'));
    expect([...layer.tensors.keys()]).toEqual(['weight', 'bias']);
    const complex = await openCheckpoint(join(golden, 'complex.pt'));
    expect([...complex.tensors.keys()]).toEqual(['fine']);
    expect(complex.warnings.join()).toContain('ComplexFloatStorage');
    await Promise.all([layer.close(), complex.close()]);
  });

  it('gathers any view of a storage as indexing does', async () => {
    const axis = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 7 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(axis, { maxLength: 4 }),
        fc.integer({ min: 0, max: 9 }),
        async (axes, offset) => {
          const [shape, strides] = [axes.map(([side]) => side), axes.map(([, stride]) => stride)];
          const last = offset + axes.reduce((sum, [side, stride]) => sum + Math.max(0, side - 1) * stride, 0);
          const storageSize = last + 3;
          const pickle = dictionary(['t', tensor({ storageSize, offset, shape, strides })]);
          const checkpoint = await read(torchFile(pickle, { 0: floats(storageSize) }));
          let expected = [offset];
          for (const [side, stride] of axes) {
            expected = expected.flatMap((start) =>
              Array.from({ length: side }, (_, i) => start + i * stride),
            );
          }
          expect([...(await checkpoint.readFloat32('t'))]).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('joins nested dictionaries by dots and visits each once, even one that holds itself', async () => {
    const inner = tensor({ storageSize: 1, shape: [1], strides: [1] });
    // { a: { t: tensor }, self: the outermost dictionary }
    const pickle = pickleOf(
      0x80,
      2,
      '}q\x00(',
      text('a'),
      '}',
      text('t'),
      inner,
      's',
      text('self'),
      'h\x00u.',
    );
    const checkpoint = await read(torchFile(pickle, { 0: floats(1) }));
    expect([...checkpoint.tensors.keys()]).toEqual(['a.t']);
  });

  it('reads files that an index names, also where they are of another kind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'torch-shards-'));
    const whole = join(golden, 'protocol-4.ckpt');
    const first = await openCheckpoint(whole);
    const names = [...first.tensors.keys()];
    writeFileSync(join(folder, 'pytorch_model-1.bin'), readFileSync(whole));
    const other = dictionary(['t', tensor({ storageSize: 2, shape: [2], strides: [1] })]);
    writeFileSync(join(folder, 'pytorch_model-2.bin'), torchFile(other, { 0: floats(2) }));
    const map = Object.fromEntries(names.map((name) => [name, 'pytorch_model-1.bin']));
    const index = join(folder, 'pytorch_model.bin.index.json');
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, t: 'pytorch_model-2.bin' } }));
    const found = await openCheckpoint(index);
    await expectSame(found, first);
    expect(await found.readFloat32('t')).toEqual(Float32Array.of(0, 1));
    expect(found.tensors.size).toBe(names.length + 1);
    await Promise.all([found.close(), first.close()]);
    rmSync(folder, { recursive: true });
  });

  it('executes nothing: a call of a foreign function becomes an inert object', async () => {
    const evil = pickleOf('cos\nsystem\n', '(', text('exit 1'), 'tR');
    const checkpoint = await read(
      torchFile(dictionary(['evil', evil], ['t', tensor({ storageSize: 1, shape: [1], strides: [1] })]), {
        0: floats(1),
      }),
    );
    expect([...checkpoint.tensors.keys()]).toEqual(['t']);
    expect(checkpoint.warnings.join()).toContain('os.system');
  });
});

describe('hostile torch files', () => {
  const good = tensor({ storageSize: 4, shape: [4], strides: [1] });

  it.each<[string, Uint8Array]>([
    ['a tensor beyond its storage', tensor({ storageSize: 4, shape: [5], strides: [1] })],
    ['a stride beyond its storage', tensor({ storageSize: 4, shape: [2], strides: [4] })],
    ['an offset beyond its storage', tensor({ storageSize: 4, offset: 4, shape: [1], strides: [1] })],
    ['a negative offset', tensor({ storageSize: 4, offset: -1, shape: [1], strides: [1] })],
    ['a negative stride', tensor({ storageSize: 4, offset: 3, shape: [2], strides: [-1] })],
    ['a negative side', tensor({ storageSize: 4, shape: [-1], strides: [1] })],
    ['a storage that claims more than its entry', tensor({ storageSize: 5, shape: [4], strides: [1] })],
    [
      'a storage of another type than its entry',
      tensor({ type: 'DoubleStorage', storageSize: 4, shape: [4], strides: [1] }),
    ],
    ['a storage that is not there', tensor({ storage: '9', storageSize: 4, shape: [4], strides: [1] })],
    [
      'a storage outside the archive',
      tensor({ storage: '../data.pkl', storageSize: 4, shape: [4], strides: [1] }),
    ],
    [
      'one element repeated without end',
      tensor({ storageSize: 4, shape: [2 ** 31 - 1, 2 ** 20], strides: [0, 0] }),
    ],
    [
      'a shape whose product overflows',
      tensor({ storageSize: 4, shape: [2 ** 30, 2 ** 30], strides: [0, 0] }),
    ],
    ['fewer strides than sides', tensor({ storageSize: 4, shape: [2, 2], strides: [1] })],
  ])('are refused: %s', async (_, value) => {
    await refusedWith('checkpoint-corrupt', () =>
      read(torchFile(dictionary(['t', value]), { 0: floats(4) })),
    );
  });

  it.each<[string, Uint8Array]>([
    ['no end', pickleOf(0x80, 2, '}')],
    ['an empty stack', pickleOf(0x80, 2, '.')],
    ['a pop too many', pickleOf(0x80, 2, '00.')],
    ['no mark', pickleOf(0x80, 2, 'u.')],
    ['a value that was never kept', pickleOf(0x80, 2, 'h\x05.')],
    ['an odd dictionary', pickleOf(0x80, 2, '}(', text('a'), 'u.')],
    ['a text longer than the file', pickleOf(0x80, 2, 'X\xff\xff\xff\x7f.')],
    ['a text of 2^63 bytes', pickleOf(0x80, 4, 0x8d, '\xff\xff\xff\xff\xff\xff\xff\x7f.')],
    ['a negative length', pickleOf(0x80, 2, 0x8b, '\xff\xff\xff\xff.')],
    ['an integer of a megabyte', pickleOf(0x80, 2, 0x8b, '\x00\x00\x10\x00', new Uint8Array(2 ** 20), '.')],
    ['an opcode that is none', pickleOf(0x80, 2, 0xff)],
    ['a line without end', pickleOf(0x80, 2, `c${'a'.repeat(5000)}\nb\n.`)],
    ['a call of a number', pickleOf(0x80, 2, integer(1), ')R.')],
    ['items for what is no dictionary', pickleOf(0x80, 2, ']', text('a'), text('b'), 's.')],
    ['too many steps', pickleOf(0x80, 2, 'N0'.repeat(1_000_001), '.')],
    ['too high a stack', pickleOf(0x80, 2, 'N'.repeat(1_000_000), '.')],
    ['too many marks', pickleOf(0x80, 2, '('.repeat(1_000_000), '.')],
    [
      'a list copied over and over',
      pickleOf(
        0x80,
        2,
        ']q\x00(',
        '])'.repeat(400_000),
        'e0',
        'ccollections\nOrderedDict\nh\x00\x85R0'.repeat(100_000),
        '.',
      ),
    ],
  ])('are refused: a pickle with %s', async (_, pickle) => {
    await refusedWith('checkpoint-corrupt', () => read(torchFile(pickle)));
  });

  it.each<[string, Uint8Array]>([
    ['opcodes of extensions', pickleOf(0x80, 2, 0x82, 1, '.')],
    ['a protocol that does not exist yet', pickleOf(0x80, 9, '}.')],
    ['a number', pickleOf(0x80, 2, integer(3), '.')],
    ['an object of a foreign class', pickleOf(0x80, 2, 'cfoo\nBar\n)R.')],
  ])('are not supported: a pickle with %s', async (_, pickle) => {
    await refusedWith('checkpoint-unsupported', () => read(torchFile(pickle)));
  });

  it('take many nested lists without harm', async () => {
    const deep = pickleOf(
      0x80,
      2,
      '}(',
      text('deep'),
      ']'.repeat(100_000),
      'a'.repeat(99_999),
      text('t'),
      good,
      'u.',
    );
    const checkpoint = await read(torchFile(deep, { 0: floats(4) }));
    expect([...checkpoint.tensors.keys()]).toEqual(['t']);
  });

  const data = { name: 'archive/data/0', data: floats(4) };
  const pickle = { name: 'archive/data.pkl', data: dictionary(['t', good]) };
  const copy = (size: number) => ({ ...data, deflate: true, data: new Uint8Array(16), claim: { size } });

  it.each<[string, Uint8Array]>([
    ['a name twice', buildZip([pickle, data, data])],
    ['two pickles', buildZip([pickle, { ...pickle, name: 'other/data.pkl' }, data])],
    [
      'another name in the local header',
      buildZip([pickle, { ...data, claim: { localName: 'archive/data/1' } }]),
    ],
    ['another size in the local header', buildZip([pickle, { ...data, claim: { localSize: 8 } }])],
    ['entries that overlap', buildZip([pickle, { ...data, claim: { offset: 10 } }])],
    [
      'an entry that runs into the directory',
      buildZip([pickle, { ...data, claim: { size: 400, storedSize: 400 } }]),
    ],
    ['two sizes for an entry that is not packed', buildZip([pickle, { ...data, claim: { size: 12 } }])],
    [
      'bytes before the first entry',
      (() => {
        const zip = buildZip([pickle, data]);
        return new Uint8Array(Buffer.concat([zip.subarray(0, 4), zip]));
      })(),
    ],
    ['more entries than there are', buildZip([pickle, data], { count: 3 })],
    ['fewer entries than there are', buildZip([pickle, data], { count: 1 })],
    ['a directory elsewhere', buildZip([pickle, data], { offset: 5 })],
    ['a directory of another size', buildZip([pickle, data], { size: 20 })],
    [
      'a pickle that unpacks to more than is allowed',
      buildZip([{ name: 'archive/data.pkl', data: new Uint8Array(70_000_000), deflate: true }]),
    ],
    ['a claim that no packing can hold', buildZip([pickle, copy(2 ** 31)])],
  ])('are refused: a zip with %s', async (_, bytes) => {
    await refusedWith('checkpoint-corrupt', async () => {
      const checkpoint = await read(bytes);
      await checkpoint.read('t');
    });
  });

  it.each<[string, Uint8Array]>([
    [
      'more than it claims',
      buildZip([pickle, { ...data, data: new Uint8Array(1000), deflate: true, claim: { size: 16 } }]),
    ],
    [
      'less than it claims',
      buildZip([pickle, { ...data, data: new Uint8Array(4), deflate: true, claim: { size: 16 } }]),
    ],
    ['garbage', buildZip([pickle, { ...data, data: new Uint8Array(16).fill(255), claim: { method: 8 } }])],
  ])('are refused when read: an entry that unpacks to %s', async (_, bytes) => {
    const checkpoint = await read(bytes);
    await refusedWith('checkpoint-corrupt', () => checkpoint.read('t'));
  });

  it.each<[string, Uint8Array]>([
    ['encryption', buildZip([{ ...pickle, claim: { flags: 1 } }])],
    ['another packing', buildZip([{ ...pickle, claim: { method: 12 } }])],
    ['no pickle', buildZip([{ name: 'model.safetensors', data: floats(4) }])],
    [
      'numbers in the other order',
      buildZip([pickle, data, { name: 'archive/byteorder', data: new Uint8Array(Buffer.from('big')) }]),
    ],
  ])('are not supported: a zip with %s', async (_, bytes) => {
    await refusedWith('checkpoint-unsupported', () => read(bytes));
  });

  it('are refused at every cut', async () => {
    const whole = torchFile(dictionary(['t', good]), { 0: floats(4) });
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.subarray(0, length))).rejects.toMatchObject({ name: 'StablePoseError' });
    }
  });
});
