import type { EyesNetworkSource } from '../contract/index.ts';
import { throwIfCancelled } from '../errors.ts';
import {
  guidedUpsample,
  type Raster,
  raster,
  rasterToTensor,
  resizeRaster,
  withChannels,
} from '../image/index.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import { float32 } from '../tensor/index.ts';
import { LoadedGraph } from './loaded-graph.ts';
import type { MatteOptions, PersonMatter } from './person-matter.ts';

/** What `createPersonMatter` is given. */
export interface PersonMatterOptions {
  /** Stays with whoever made it. */
  readonly runtime: GraphRuntime;
  /** Stays with whoever opened it. */
  readonly network: EyesNetworkSource;
}

/** The network's sides are multiples of this. */
const multiple = 32;

/**
 * Mattes by a network: at its own size, then, for larger pictures, enlarged along the picture's contours. The graph is loaded
 * at the first picture and stays until `dispose`.
 */
export function createPersonMatter({ runtime, network }: PersonMatterOptions): PersonMatter {
  const graph = new LoadedGraph(runtime, () => network.graph('matte'));
  return {
    async matte(picture, { signal }: MatteOptions = {}) {
      throwIfCancelled(signal);
      return networkMatte(graph, network, withChannels(picture, 3), signal);
    },
    dispose: () => graph.dispose(),
  };
}

/** @param picture of three channels */
export async function networkMatte(
  graph: LoadedGraph,
  network: EyesNetworkSource,
  picture: Raster,
  signal?: AbortSignal,
): Promise<Raster> {
  const [width, height] = sizeFor(picture, network.matteSide);
  const small = resizeRaster(picture, width, height, 'bilinear');
  const values = new Float32Array(4 * width * height);
  values.set(rasterToTensor(small).data);
  const { data } = await graph.run('picture', float32([1, 4, height, width], values), 'matte', signal);
  const matte = raster(width, height, 1);
  for (let i = 0; i < data.length; i++) matte.data[i] = Math.round(255 * Math.min(1, Math.max(0, data[i])));
  return guidedUpsample(matte, small, picture);
}

/** Sides at most `most` long, of the picture's proportions as nearly as whole cells allow. */
function sizeFor({ width, height }: Raster, most: number): [number, number] {
  const scale = most / Math.max(width, height);
  const whole = (side: number) => Math.max(multiple, Math.round((side * scale) / multiple) * multiple);
  return [whole(width), whole(height)];
}
