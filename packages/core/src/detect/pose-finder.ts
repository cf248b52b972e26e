import type { PoseNetworkSource } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Raster } from '../image/index.ts';
import type { Keypoint, Pose } from '../pose/index.ts';
import type { Graph } from '../runtime/index.ts';
import { type DeviceTensor, float32, type Tensor } from '../tensor/index.ts';
import { letterbox } from './letterbox.ts';
import type { SquareRegion } from './square-region.ts';

/** What the network sees in one square of a picture. */
export interface Sighting {
  /** The person whose centre answered best under the weights, in pixels of the picture. */
  readonly pose: Pose;
  /** Mean confidence of the keypoints. */
  readonly score: number;
  /** How much each cell looks like the centre of a person, `[cells x cells]`. */
  readonly centerHeat: Float32Array;
}

/** Runs a pose network on squares of pictures. */
export class PoseFinder {
  readonly cells: number;
  private readonly network: PoseNetworkSource;
  private readonly graph: Graph;

  constructor(network: PoseNetworkSource, graph: Graph) {
    this.network = network;
    this.graph = graph;
    this.cells = network.cells;
  }

  /** Weights under which the person nearest to a place is found: (x, y) as shares of the square. */
  weightsNear(x: number, y: number, reach: number): Float32Array {
    const { cells } = this;
    const weights = new Float32Array(cells * cells);
    for (let row = 0; row < cells; row++) {
      for (let column = 0; column < cells; column++) {
        const dx = (column + 0.5) / cells - x;
        const dy = (row + 0.5) / cells - y;
        weights[row * cells + column] = Math.exp(-(dx * dx + dy * dy) / (2 * reach * reach));
      }
    }
    return weights;
  }

  /**
   * @param picture of three channels
   * @param weights of centres; the network's own, which favour the middle, unless told
   */
  async look(
    picture: Raster,
    region: SquareRegion,
    options: { readonly weights?: Float32Array; readonly signal?: AbortSignal } = {},
  ): Promise<Sighting> {
    const { cells, side, centerWeights } = this.network;
    const output = await this.graph.run(
      {
        picture: letterbox(picture, region, side),
        center_weights: float32([cells, cells, 1], options.weights ?? centerWeights),
      },
      { signal: options.signal },
    );
    const values = floatsOf(output.keypoints);
    const keypoints = Array.from({ length: values.length / 3 }, (_, i): Keypoint => {
      const confidence = Math.min(1, Math.max(0, values[3 * i + 2]));
      return [region.x + values[3 * i + 1] * region.side, region.y + values[3 * i] * region.side, confidence];
    });
    const score = keypoints.reduce((sum, [, , confidence]) => sum + confidence, 0) / keypoints.length;
    return { pose: { keypoints }, score, centerHeat: floatsOf(output.center_heat) };
  }
}

function floatsOf(value: Tensor | DeviceTensor | undefined): Float32Array {
  if (value?.kind === 'cpu' && value.type === 'float32') return value.data as Float32Array;
  throw new StablePoseError('internal', 'The pose network gave no float32 tensor.');
}
