import { type NormalNoise, normalNoise } from '../tensor/normal-noise.ts';

/**
 * Noise for the pictures of a request: picture i draws from seed + i, whatever else is made beside it, so that it comes
 * out the same alone. Each call draws `size` fresh values a picture, [count * size], from where that picture's generator
 * stands: the first call is the initial noise, later ones are a sampler's.
 *
 * @throws invalid-input when a seed is no whole number below 2^53.
 */
export function pictureNoise(seed: number, count: number, size: number): () => Float32Array {
  const sources: NormalNoise[] = Array.from({ length: count }, (_, i) => normalNoise(seed + i));
  return () => {
    const noise = new Float32Array(count * size);
    sources.forEach((source, i) => {
      noise.set(source(size), i * size);
    });
    return noise;
  };
}
