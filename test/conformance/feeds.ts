import type { Fed } from '../models/architectures/run-graph.ts';
import type { ReferenceFolder } from './reference-folder.ts';

export function fed(dims: readonly number[], data: Float32Array | Int32Array): Fed {
  return { dims, data };
}

/** A recorded tensor as a graph takes it. */
export function recorded(reference: ReferenceFolder, file: string, name: string): Fed {
  const { dims, data } = reference.tensor(file, name);
  return fed(
    dims,
    data instanceof Float32Array || data instanceof Int32Array ? data : Float32Array.from(data),
  );
}

/** Tensors stacked along their first axis. */
export function stack(...parts: readonly Fed[]): Fed {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const [first] = parts;
  return fed([parts.reduce((sum, part) => sum + part.dims[0]!, 0), ...first!.dims.slice(1)], data);
}

/** Row `index` of the first axis, as a tensor with one row. */
export function row(tensor: Fed, index: number): Fed {
  const size = tensor.data.length / tensor.dims[0]!;
  return fed([1, ...tensor.dims.slice(1)], tensor.data.slice(index * size, (index + 1) * size));
}

/** Masks `[K * rows, h, w]` as pose tokens `[K, rows, (h / 2)(w / 2)]`: set where any of the 2 x 2 cells is. */
export function poseTokens(masks: Fed, rows: number): Fed {
  const [count, height, width] = masks.dims as [number, number, number];
  const [down, across] = [height / 2, width / 2];
  const data = new Float32Array(count * down * across);
  for (let i = 0; i < masks.data.length; i++) {
    if (!masks.data[i]) continue;
    const mask = Math.floor(i / (height * width));
    const y = Math.floor(i / width) % height;
    data[(mask * down + (y >> 1)) * across + ((i % width) >> 1)] = 1;
  }
  return fed([count / rows, rows, down * across], data);
}

/** Row `index` of pose tokens `[K, rows, N]`, as `[K, 1, N]`. */
export function tokensOfRow({ dims, data }: Fed, index: number): Fed {
  const [layers, rows, count] = dims as [number, number, number];
  return stack(
    ...Array.from({ length: layers }, (_, layer) => {
      const start = (layer * rows + index) * count;
      return fed([1, 1, count], data.slice(start, start + count));
    }),
  );
}

/** Probes: `flat[::stride]`. */
export function strided(data: Float32Array, stride: number): Float32Array {
  return Float32Array.from({ length: Math.ceil(data.length / stride) }, (_, i) => data[i * stride]!);
}

export interface Probe {
  readonly shape: readonly number[];
  readonly stride: number;
  readonly samples: readonly number[];
}
