import {
  float32,
  type Graph,
  type GraphRuntime,
  type GraphSource,
  type Raster,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import type { FeatureNetwork, Features } from './feature-network.ts';

export interface InceptionNetworkOptions {
  readonly runtime: GraphRuntime;
  /** picture `[B,3,H,W]`, RGB 0-255 -> features `[B,width]`: what `openInception` of @stable-pose/models gives. */
  readonly graph: GraphSource;
  readonly width: number;
  /** Named in reports. Default "Inception 2015". */
  readonly name?: string;
}

/** A feature network over a graph that takes pictures of any size; loaded at the first picture. */
export function createInceptionNetwork(options: InceptionNetworkOptions): FeatureNetwork {
  const { runtime, graph: source, width, name = 'Inception 2015' } = options;
  let loaded: Promise<Graph> | undefined;
  return {
    name,
    width,
    async features(pictures, { signal } = {}) {
      loaded ??= runtime.load(source);
      const graph = await loaded;
      const all: Features[] = [];
      for (const picture of pictures) {
        throwIfCancelled(signal);
        const { features } = await graph.run({ picture: planes(picture) }, { signal });
        if (features?.kind !== 'cpu' || features.type !== 'float32') {
          throw new StablePoseError('internal', 'The feature network gave no float32 tensor.');
        }
        all.push(Float32Array.from(features.data as Float32Array));
      }
      return all;
    },
    async dispose() {
      const graph = await loaded?.catch(() => undefined);
      loaded = undefined;
      await graph?.dispose();
    },
  };
}

/** `[1,3,H,W]`, 0-255. */
function planes(picture: Raster) {
  const { width, height, data } = withChannels(picture, 3);
  const pixels = width * height;
  const values = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) values[c * pixels + i] = data[3 * i + c]!;
  }
  return float32([1, 3, height, width], values);
}
