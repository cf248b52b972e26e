import { StablePoseError } from '@stable-pose/core';
import { type Checkpoint, openAdapter, openCheckpoint, openModel } from '@stable-pose/models';
import { Command } from 'commander';
import { sizeWords } from './models-list.ts';

interface InspectOptions {
  readonly config?: string;
  readonly tensors?: string | true;
  readonly json?: boolean;
}

export function modelsInspectCommand(): Command {
  return new Command('inspect')
    .summary('what a model file holds')
    .description(
      'Says what a checkpoint holds and whether it can be used. Reads names and shapes, never runs anything in it.',
    )
    .argument('<path>', 'a checkpoint file, or a model folder')
    .option('--config <file>', "the model's config.json, where none lies beside the checkpoint")
    .option('--tensors [words]', 'list the tensors, or those whose name holds the words')
    .option('--json', 'print JSON')
    .action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const use = await usability(path, options.config);
  const checkpoint = await openCheckpoint(path).catch((error: unknown) => {
    // A folder is no checkpoint file, but may well be a model.
    if (use.usable.length > 0) return undefined;
    throw error;
  });
  try {
    const facts = { path, ...use, ...(checkpoint ? factsOf(checkpoint) : {}) };
    if (options.json) {
      const tensors =
        checkpoint && options.tensors !== undefined ? { tensors: listed(checkpoint, options.tensors) } : {};
      process.stdout.write(`${JSON.stringify({ ...facts, ...tensors }, null, 2)}\n`);
      return;
    }
    const lines = [...use.usable, ...use.reasons];
    if (checkpoint) {
      const { tensors, values, bytes, types, metadata, warnings } = factsOf(checkpoint);
      lines.push(
        `${tensors} tensors, ${(values / 1e6).toFixed(1)} million values, ${sizeWords(bytes)}: ${types.join(', ')}.`,
      );
      for (const [key, value] of Object.entries(metadata)) lines.push(`${key}: ${value.slice(0, 200)}`);
      lines.push(...warnings);
      if (options.tensors !== undefined) {
        for (const { key, dtype, shape } of listed(checkpoint, options.tensors)) {
          lines.push(`  ${key}  ${dtype} [${shape.join(', ')}]`);
        }
      }
    }
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await checkpoint?.close();
  }
}

/** What it can be used as; and where it is nothing, why not. */
async function usability(
  path: string,
  config: string | undefined,
): Promise<{ readonly usable: readonly string[]; readonly reasons: readonly string[] }> {
  const usable: string[] = [];
  const reasons: string[] = [];
  try {
    const model = await openModel({ path, config });
    const { nativeSize, unet, text, name, licence } = model.config;
    const nine = unet.inputChannels === 9 ? ' for inpainting' : '';
    usable.push(
      `A model${nine}: ${name} (licence ${licence}), at home at ${nativeSize.width} x ${nativeSize.height}, ${text.contextLength} words' tokens at a time.`,
    );
    await model.dispose();
  } catch (error) {
    reasons.push(`Not a model: ${StablePoseError.from(error).message}`);
  }
  try {
    const adapter = await openAdapter({ path, config });
    usable.push(
      `A ${adapter.config.kind} adapter: ${adapter.config.name} (licence ${adapter.config.licence}).`,
    );
    await adapter.dispose();
  } catch (error) {
    reasons.push(`Not an adapter: ${StablePoseError.from(error).message}`);
  }
  return { usable, reasons: usable.length > 0 ? [] : reasons };
}

function factsOf(checkpoint: Checkpoint) {
  const bytesByType = new Map<string, number>();
  let values = 0;
  for (const { dtype, shape } of checkpoint.tensors.values()) {
    const count = shape.reduce((product, dim) => product * dim, 1);
    values += count;
    const bits = Number(/\d+/.exec(dtype)?.[0] ?? 8);
    bytesByType.set(dtype, (bytesByType.get(dtype) ?? 0) + (count * bits) / 8);
  }
  const sorted = [...bytesByType].sort(([, a], [, b]) => b - a);
  return {
    files: checkpoint.files,
    tensors: checkpoint.tensors.size,
    values,
    bytes: sorted.reduce((sum, [, bytes]) => sum + bytes, 0),
    types: sorted.map(([type, bytes]) => `${type} ${sizeWords(bytes)}`),
    metadata: Object.fromEntries(checkpoint.metadata),
    warnings: checkpoint.warnings,
  };
}

function listed(checkpoint: Checkpoint, words: string | true) {
  const all = [...checkpoint.tensors.values()].map(({ key, dtype, shape }) => ({ key, dtype, shape }));
  return words === true ? all : all.filter(({ key }) => key.includes(words));
}
