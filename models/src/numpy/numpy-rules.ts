import { corruptCheckpoint, shown, unsupportedCheckpoint } from '../checkpoint/checkpoint-errors.ts';
import { PickleGlobal, type PickleRules, PickleTuple, type PickleValue } from '../checkpoint/pickle.ts';
import { elementCount, NumpyArray, NumpyDtype, numpyArrayFrom, rowMajor } from './numpy-array.ts';

/** numpy 1 says core, numpy 2 says _core. */
const bare = (path: string) => path.replace(/^numpy\._core\./, 'numpy.core.');

/**
 * The allow-list: how NumPy writes arrays, their types and single numbers into a pickle (numpy/core/src/multiarray/methods.c,
 * `array_reduce`; protocol 5: numpy/core/numeric.py, `_frombuffer`). All other classes stay inert.
 */
export function numpyRules(file: string): PickleRules {
  const wrong = (what: string) => corruptCheckpoint(file, what);
  return {
    call({ path }, args, spend) {
      switch (bare(path)) {
        case 'numpy.core.multiarray._reconstruct':
          if (!(args[0] instanceof PickleGlobal) || args[0].path !== 'numpy.ndarray') return undefined;
          return new NumpyArray();
        case 'numpy.dtype':
          if (typeof args[0] !== 'string') throw wrong('a NumPy type has no name');
          return dtypeOf(args[0]);
        case 'numpy.core.multiarray.scalar': {
          const [dtype, bytes] = args;
          if (!(dtype instanceof NumpyDtype)) throw wrong('a NumPy number has no type');
          if (dtype.code === 'O') return bytes ?? null;
          if (!(bytes instanceof Uint8Array)) throw wrong('a NumPy number has no bytes');
          return numpyArrayFrom(bytes, dtype, [], { columnMajor: false, file }).values[0]!;
        }
        case 'numpy.core.numeric._frombuffer': {
          const [bytes, dtype, shape, order] = args;
          if (
            !(bytes instanceof Uint8Array) ||
            !(dtype instanceof NumpyDtype) ||
            !(shape instanceof PickleTuple)
          ) {
            throw wrong('a NumPy array is not described as NumPy does');
          }
          spend(Math.ceil(bytes.length / 64));
          elementCount(shape.items, file);
          return numpyArrayFrom(bytes, dtype, shape.items as number[], { columnMajor: order === 'F', file });
        }
        case '_codecs.encode': {
          // How protocol 2 writes bytes: text of which every character is one byte.
          const [text, encoding] = args;
          if (typeof text !== 'string' || encoding !== 'latin1') return undefined;
          spend(Math.ceil(text.length / 64));
          return Uint8Array.from(text, (character) => character.charCodeAt(0));
        }
        default:
          return undefined;
      }
    },
    persistent() {
      throw unsupportedCheckpoint(file, 'refers to data outside of it', 'Save it with numpy.savez.');
    },
    build(target, state) {
      if (!(state instanceof PickleTuple)) return;
      if (target instanceof NumpyDtype) target.bigEndian = state.items[1] === '>';
      else if (target instanceof NumpyArray) fill(target, state.items, file);
    },
  };
}

/** A type's code without its byte order: `<f4` and `f4` are `f4`. */
export function dtypeOf(text: string): NumpyDtype {
  const match = /^([<>|=]?)([a-zA-Z]\d*)$/.exec(text);
  const dtype = new NumpyDtype(match ? match[2]!.replace(/^O8$/, 'O') : shown(text));
  dtype.bigEndian = match?.[1] === '>';
  return dtype;
}

/** State of an array: (version, shape, type, is it column-major, bytes or a list of objects). */
function fill(target: NumpyArray, state: readonly PickleValue[], file: string): void {
  const [, shape, dtype, columnMajor, data] = state;
  if (!(shape instanceof PickleTuple) || !(dtype instanceof NumpyDtype)) {
    throw corruptCheckpoint(file, 'a NumPy array is not described as NumPy does');
  }
  const count = elementCount(shape.items, file);
  const sides = shape.items as number[];
  if (data instanceof Uint8Array) {
    const made = numpyArrayFrom(data, dtype, sides, { columnMajor: columnMajor === true, file });
    [target.shape, target.values] = [made.shape, made.values];
  } else if (Array.isArray(data) && data.length === count) {
    target.shape = sides;
    target.values = columnMajor === true ? rowMajor(data, sides) : data;
  } else throw corruptCheckpoint(file, `a NumPy array of shape [${sides}] has another number of elements`);
}
