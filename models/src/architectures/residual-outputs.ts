import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { multiply } from '../onnx/operators.ts';
import { type EncoderConfig, skipsOf } from './unet-config.ts';

/**
 * The outputs of an adapter that copies the UNet's encoder (ControlNet, Stable-Pose): `residual_i`, one per input block and
 * then the middle block's, each through its 1x1 convolution that training began at zero, times `strength`.
 * @param blocks values after each input block
 */
export function residualOutputs(
  graph: GraphBuilder,
  encoder: EncoderConfig,
  blocks: readonly Value[],
  middle: Value,
): void {
  const strength = graph.input('strength', 'float32', [1]);
  const emit = (index: number, x: Value, key: string, channels: number, factor: number) => {
    const residual = convolution(graph, x, encoder.prefix + key, channels, channels, { kernel: 1 });
    graph.output(`residual_${index}`, multiply(graph, residual, strength), [
      'B',
      channels,
      ...sidesAt(factor),
    ]);
  };
  skipsOf(encoder).forEach(({ channels, factor }, index) => {
    emit(index, blocks[index]!, `zero_convs.${index}.0`, channels, factor);
  });
  const deepest = encoder.levels[encoder.levels.length - 1]!.channels;
  emit(blocks.length, middle, 'middle_block_out.0', deepest, 2 ** (encoder.levels.length - 1));
}

/** Height and width of a graph's edge at a downsampling of the latents. */
export function sidesAt(factor: number): readonly [string, string] {
  return factor === 1 ? ['h', 'w'] : [`h/${factor}`, `w/${factor}`];
}
