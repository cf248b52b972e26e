import { GraphBuilder, type GraphBuilderOptions, type GraphPlan } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { groupNorm } from '../onnx/normalisation.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { add, concat, silu, upsampleNearest } from '../onnx/operators.ts';
import { residualBlock, timeEmbedding } from './residual-block.ts';
import { batchOf, textContext } from './spatial-transformer.ts';
import { neededTensors, type Shape } from './tensor-shapes.ts';
import { skipsOf, type UnetConfig } from './unet-config.ts';
import { encodeInputBlocks, encodeMiddleBlock, transformerAt, type UnetConditions } from './unet-encoder.ts';

/**
 * Stable Diffusion's UNet as a graph: latents, timestep sinusoids and text to a noise prediction. Two kinds of residual:
 * `residual_i` is added to skip i (the last one to the middle block's output), as ControlNet and Stable-Pose do;
 * `encoder_residual_i` inside the encoder after the last block of level i, and so to its skip too, as T2I-Adapter does.
 * Each may be full-sized or a `[1,1,1,1]` zero.
 */
export function unet(config: UnetConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('unet', options);
  const { prefix, modelChannels, inputChannels, outputChannels, levels, normGroups } = config;
  const latents = graph.input('latents', 'float32', ['B', inputChannels, 'h', 'w']);
  const sinusoids = graph.input('timestep_embedding', 'float32', ['B', modelChannels]);
  const conditions: UnetConditions = {
    time: timeEmbedding(graph, sinusoids, prefix, modelChannels),
    context: textContext(graph, config.contextWidth),
    batch: batchOf(graph, latents),
  };
  const residual = (kind: 'residual' | 'encoder_residual', index: number) =>
    graph.input(
      `${kind}_${index}`,
      'float32',
      ['B', 'C', 'H', 'W'].map((dim) => `${kind}_${index}_${dim}`),
    );

  const widths = skipsOf(config).map((skip) => skip.channels);
  const residuals = [...widths, 0].map((_, index) => residual('residual', index));
  const skips = encodeInputBlocks(graph, latents, config, conditions, {
    afterLevel: (level, x) => add(graph, x, residual('encoder_residual', level)),
  });
  let x = encodeMiddleBlock(graph, skips[skips.length - 1]!, config, conditions);
  x = add(graph, x, residuals[skips.length]!);

  let channels = levels[levels.length - 1]!.channels;
  let index = 0;
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    const { channels: to, blocks, depth } = levels[level]!;
    for (let block = 0; block <= blocks; block += 1) {
      const skip = skips.length - 1 - index;
      const key = `${prefix}output_blocks.${index}`;
      x = concat(graph, [x, add(graph, skips[skip]!, residuals[skip]!)], 1);
      x = residualBlock(graph, x, conditions.time, `${key}.0`, channels + widths[skip]!, to, normGroups);
      channels = to;
      x = transformerAt(graph, x, `${key}.1`, config, conditions, channels, depth, level);
      if (level > 0 && block === blocks) {
        x = convolution(graph, upsampleNearest(graph, x), `${key}.${depth > 0 ? 2 : 1}.conv`, to, to);
      }
      index += 1;
    }
  }
  x = silu(
    graph,
    groupNorm(graph, x, channels, { groups: normGroups, epsilon: 1e-5, key: `${prefix}out.0` }),
  );
  x = convolution(graph, x, `${prefix}out.2`, channels, outputChannels);
  graph.output('noise_prediction', x, ['B', outputChannels, 'h', 'w']);
  return graph.plan();
}

/** Every tensor of the UNet, by key. */
export function unetTensors(config: UnetConfig): Map<string, Shape> {
  return neededTensors(unet(config, { forms: operatorForms('cpu') }));
}
