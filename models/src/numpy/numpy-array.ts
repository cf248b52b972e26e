import { fromFloat16 } from '@stable-pose/core/tensor';
import { corruptCheckpoint, unsupportedCheckpoint } from '../checkpoint/checkpoint-errors.ts';
import { PickleExternal, type PickleValue } from '../checkpoint/pickle.ts';

/** An element type by its letter and width, as in `<f4`: b, i, u, f, or O for any Python object. */
export class NumpyDtype extends PickleExternal {
  readonly code: string;
  /** A pickle says the byte order after it made the type. */
  bigEndian = false;
  constructor(code: string) {
    super();
    this.code = code;
  }
}

/** An array in row-major order: numbers as doubles (64-bit integers rounded to them), or Python objects as values. */
export class NumpyArray extends PickleExternal {
  shape: readonly number[] = [0];
  values: Float64Array | readonly PickleValue[] = new Float64Array(0);
}

const readers: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number>> = {
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f2: (view, at, little) => fromFloat16(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** More than any pose or feature file needs. */
const mostElements = 1 << 28;

/** The product of a shape's sides. @throws checkpoint-corrupt when a side is no count or there are too many elements */
export function elementCount(shape: readonly PickleValue[], file: string): number {
  let count = 1;
  for (const side of shape) {
    if (!Number.isSafeInteger(side) || (side as number) < 0) {
      throw corruptCheckpoint(file, 'a NumPy array has a side that is no count');
    }
    count *= side as number;
    if (count > mostElements)
      throw corruptCheckpoint(file, `a NumPy array has more than ${mostElements} elements`);
  }
  return count;
}

/**
 * An array from its bytes.
 * @throws checkpoint-corrupt when the bytes do not fill the shape; checkpoint-unsupported for strings, dates, records
 */
export function numpyArrayFrom(
  bytes: Uint8Array,
  dtype: NumpyDtype,
  shape: readonly number[],
  options: { readonly columnMajor: boolean; readonly file: string },
): NumpyArray {
  const { file, columnMajor } = options;
  const read = readers[dtype.code];
  if (!read) {
    throw unsupportedCheckpoint(
      file,
      `holds a NumPy array of type ${dtype.code.slice(0, 20)}, which is not read`,
      'Save it as numbers.',
    );
  }
  const width = Number(dtype.code.slice(1));
  const count = elementCount(shape, file);
  if (bytes.length !== count * width) {
    throw corruptCheckpoint(
      file,
      `a NumPy array of shape [${shape}] needs ${count * width} bytes and has ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * width, !dtype.bigEndian);
  const array = new NumpyArray();
  array.shape = shape;
  array.values = columnMajor ? rowMajor(values, shape) : values;
  return array;
}

/** Elements that lie with the first index running fastest, laid with the last one running fastest. */
export function rowMajor<T extends Float64Array | readonly PickleValue[]>(
  values: T,
  shape: readonly number[],
): T {
  if (shape.length < 2) return values;
  const target = values.slice() as unknown as PickleValue[];
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < values.length; i++) {
    let [from, step] = [0, 1];
    for (let axis = 0; axis < shape.length; axis++) {
      from += index[axis]! * step;
      step *= shape[axis]!;
    }
    target[i] = values[from] as PickleValue;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return target as unknown as T;
}
