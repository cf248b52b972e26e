/** sum_k factor_k values_k, value by value, summed in fp64 and rounded once to fp32. A new array. */
export function weightedSum(
  ...terms: readonly (readonly [factor: number, values: Float32Array])[]
): Float32Array {
  const { length } = terms[0][1];
  const sum = new Float64Array(length);
  for (const [factor, values] of terms) {
    if (factor === 0) continue;
    for (let i = 0; i < length; i++) sum[i] += factor * values[i];
  }
  return Float32Array.from(sum);
}

/** x0-hat = (x - sqrt(1 - a) noisePrediction) / sqrt(a). */
export function predictOriginal(
  latents: Float32Array,
  noisePrediction: Float32Array,
  alphaCumprod: number,
): Float32Array {
  const scale = 1 / Math.sqrt(alphaCumprod);
  return weightedSum([scale, latents], [-scale * Math.sqrt(1 - alphaCumprod), noisePrediction]);
}
