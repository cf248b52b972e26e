import { corruptCheckpoint, shown, unsupportedCheckpoint } from '../checkpoint/checkpoint-errors.ts';
import { readPickle } from '../checkpoint/pickle.ts';
import { bytesAccess } from '../checkpoint/random-access.ts';
import { readZip } from '../checkpoint/zip.ts';
import { elementCount, NumpyArray, numpyArrayFrom } from './numpy-array.ts';
import { dtypeOf, numpyRules } from './numpy-rules.ts';

/** A pose file of a crowd has some hundred kilobytes. */
const largestArray = 512 * 1024 * 1024;

/**
 * The arrays of an `.npz` file by their names (`arr_0` ...). Arrays of Python objects are read too: by a pickle machine of
 * our own with an allow-list, so that nothing in the file is ever executed.
 * @param file named in messages
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export async function readNpz(bytes: Uint8Array, file: string): Promise<ReadonlyMap<string, NumpyArray>> {
  const archive = await readZip(bytesAccess(bytes, file));
  const arrays = new Map<string, NumpyArray>();
  for (const [name, entry] of archive.entries) {
    if (!name.endsWith('.npy')) continue;
    arrays.set(
      name.slice(0, -4),
      readNpy(await archive.read(entry, largestArray), `${file}, ${shown(name)}`),
    );
  }
  return arrays;
}

/**
 * The array of an `.npy` file: the format of numpy/lib/format.py, versions 1 to 3.
 * @param file named in messages
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export function readNpy(bytes: Uint8Array, file: string): NumpyArray {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (!magic.every((byte, i) => bytes[i] === byte))
    throw corruptCheckpoint(file, 'it does not begin as NumPy files do');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLong = (bytes[6] ?? 0) >= 2;
  const start = isLong ? 12 : 10;
  if (bytes.length < start) throw corruptCheckpoint(file, 'it is cut off');
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  if (start + length > bytes.length || length > 65_536)
    throw corruptCheckpoint(file, 'its header is cut off');
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']{1,32})'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sides = /'shape':\s*\(([\d\s,]{0,512})\)/.exec(header)?.[1];
  if (!descr) {
    throw unsupportedCheckpoint(
      file,
      'holds records, which are not read',
      'Save it as one array of numbers.',
    );
  }
  if (!order || sides === undefined) throw corruptCheckpoint(file, 'its header is not as NumPy writes it');
  const shape = sides
    .split(',')
    .map((side) => side.trim())
    .filter((side) => side !== '')
    .map(Number);
  elementCount(shape, file);
  const dtype = dtypeOf(descr);
  const body = bytes.subarray(start + length);
  if (dtype.code !== 'O') {
    return numpyArrayFrom(body, dtype, shape, { columnMajor: order === 'True', file });
  }
  const value = readPickle(body, file, numpyRules(file));
  if (value instanceof NumpyArray) return value;
  const single = new NumpyArray();
  single.shape = [];
  single.values = [value];
  return single;
}
