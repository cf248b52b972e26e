import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { type ConvertProgress, convert } from '@stable-pose/models';
import { Command, Option } from 'commander';
import { createProgressBar } from '../progress-bar.ts';
import { withInterrupt } from '../with-interrupt.ts';

interface ConvertCommandOptions {
  readonly out: string;
  readonly precision: 'fp16' | 'fp32';
  readonly adapter?: string;
  readonly config?: string;
  readonly vae?: string;
  readonly name?: string;
  readonly licence?: string;
  readonly overwrite?: boolean;
  readonly parity: boolean;
}

export function modelsConvertCommand(): Command {
  return new Command('convert')
    .summary('a model as one self-contained folder')
    .description(
      'Writes graphs, weights, tokenizer and a manifest with hashes into a folder, for publishing and for browsers. Each graph is compared with its source.',
    )
    .argument('<model>', 'a checkpoint file, or a model folder')
    .requiredOption('-o, --out <folder>', 'the folder to make')
    .addOption(new Option('--precision <name>', 'of the weights').choices(['fp16', 'fp32']).default('fp16'))
    .option('--adapter <path>', 'an adapter to put beside it; the one in the model file when left out')
    .option('--config <file>', "the model's config.json, where none lies beside the checkpoint")
    .option('--vae <file>', 'a VAE in place of the model’s own')
    .option('--name <words>', 'what to call it')
    .option('--licence <words>', "the weights' licence, for the manifest")
    .option('--overwrite', 'replace the folder')
    .option('--no-parity', 'do not compare the graphs with their sources')
    .addHelpText(
      'after',
      `
Example:
  stable-pose models convert v1-5-pruned.safetensors --adapter stable_pose.ckpt --out sd15-stable-pose/`,
    )
    .action((model: string, options: ConvertCommandOptions) =>
      withInterrupt((signal) => run(model, options, signal)),
    );
}

async function run(path: string, options: ConvertCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, precision, adapter, config, vae, name, licence, overwrite } = options;
  const bar = createProgressBar();
  const runtime = options.parity ? await createNodeRuntime({ device: 'cpu', signal }) : undefined;
  try {
    const manifest = await convert({
      source: { path, config, vae },
      adapter: adapter === undefined ? undefined : { path: adapter },
      out,
      precision,
      name,
      licence,
      overwrite,
      parity: runtime ? { runtime } : undefined,
      signal,
      onProgress: (progress) => bar.update(shareOf(progress, runtime !== undefined), progress.what),
    });
    bar.stop();
    const psnr = manifest.parity.map(
      ({ part, provider, psnr }) =>
        `${part} for ${provider} ${psnr === null ? 'equal' : `${psnr.toFixed(0)} dB`}`,
    );
    process.stdout.write(`${manifest.name} is in ${out}${psnr.length > 0 ? ` (${psnr.join(', ')})` : ''}.\n`);
  } finally {
    bar.stop();
    await runtime?.dispose();
  }
}

function shareOf({ stage, done, total }: ConvertProgress, compared: boolean): number {
  const within = total > 0 ? done / total : 0;
  if (!compared) return stage === 'weights' ? 0.9 * within : 0.9 + 0.1 * within;
  return { weights: 0.5 * within, graphs: 0.5 + 0.1 * within, parity: 0.6 + 0.4 * within }[stage];
}
