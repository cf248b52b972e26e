import type { GraphSource } from '../../../contract/graphs.ts';
import type { LoadCost } from '../../graph-runtime.ts';

/**
 * onnxruntime's CPU provider lays every weight out anew: float32 weights that lie in a file take their size once more (1.03
 * times, measured on convolutions). Weights that it casts while it loads are there as float32 beside their new layout: Stable
 * Diffusion's UNet in float16, 3.44 GB as float32, took 6.0 GB while it loaded and 4.1 GB then (models/README.md).
 */
const castPeak = 0.75;
const castHeld = 0.2;

/** What a graph takes on the CPU. In place, only what is cast or copied takes memory: the rest is the file's own pages. */
export function cpuLoadCost({ weightBytes, copied }: GraphSource, weightsInPlace: boolean): LoadCost {
  const castBytes = copied ? copied.reduce((sum, { bytes }) => sum + bytes, 0) : weightBytes;
  if (weightsInPlace) return { heldBytes: castBytes, peakBytes: castBytes };
  return {
    heldBytes: weightBytes + castHeld * castBytes,
    peakBytes: weightBytes + castPeak * castBytes,
  };
}
