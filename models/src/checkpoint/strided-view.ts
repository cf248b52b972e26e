/** A tensor's window on a storage: numbers of elements. */
export interface StridedView {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Whether a view's elements lie one after another, row-major. A side of one element may have any stride. */
export function isContiguous({ shape, strides }: StridedView): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** How many elements from its offset on a view reaches. Not finite arithmetic is left to the caller to refuse. */
export function reachOf({ shape, strides }: StridedView): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((reach, side, axis) => reach + (side - 1) * strides[axis], 1);
}

/**
 * A view's elements, contiguous and row-major.
 * @param span the storage's bytes from the view's offset on, as far as it reaches, at an aligned address
 */
export function gatherView({ shape, strides }: StridedView, span: Uint8Array, itemSize: number): Uint8Array {
  const count = shape.reduce((product, side) => product * side, 1);
  const target = new Uint8Array(count * itemSize);
  if (count === 0) return target;
  const [from, to] = [wordsOf(span, itemSize), wordsOf(target, itemSize)];
  const rank = shape.length;
  const [inner, step] = rank > 0 ? [shape[rank - 1], strides[rank - 1]] : [1, 0];
  const position = new Array<number>(Math.max(0, rank - 1)).fill(0);
  let start = 0;
  for (let written = 0; written < count; ) {
    for (let i = 0, at = start; i < inner; i++, at += step) to[written++] = from[at];
    for (let axis = rank - 2; axis >= 0; axis--) {
      start += strides[axis];
      if (++position[axis] < shape[axis]) break;
      start -= position[axis] * strides[axis];
      position[axis] = 0;
    }
  }
  return target;
}

/** Elements as words of their size: copied bit by bit, so that no NaN changes. */
function wordsOf(bytes: Uint8Array, itemSize: number): { [index: number]: number } {
  const { buffer, byteOffset } = bytes;
  const count = Math.floor(bytes.length / itemSize);
  if (itemSize === 1) return bytes;
  if (itemSize === 2) return new Uint16Array(buffer, byteOffset, count);
  if (itemSize === 4) return new Uint32Array(buffer, byteOffset, count);
  return new BigUint64Array(buffer, byteOffset, count) as unknown as { [index: number]: number };
}
