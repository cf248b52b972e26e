import { StablePoseError } from '@stable-pose/core';
import {
  type CheckpointSummary,
  familyNames,
  inspectCheckpoint,
  openAdapter,
  openCheckpoint,
  openModel,
  verifyConverted,
} from '@stable-pose/models';
import { Command } from 'commander';
import { sizeWords } from './size-words.ts';

interface InspectOptions {
  readonly config?: string;
  readonly tensors?: string | true;
  readonly verify?: boolean;
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
    .option('--verify', 'read every file of a folder that models convert wrote, and compare it with its hash')
    .option('--json', 'print JSON')
    .action(inspect);
}

async function inspect(path: string, options: InspectOptions): Promise<void> {
  const verified = options.verify ? (await verifyConverted(path)).files : undefined;
  const use = await usability(path, options.config);
  const summary = await inspectCheckpoint(path).catch((error: unknown) => {
    // A folder that is no checkpoint may well be a model.
    if (use.usable.length > 0) return undefined;
    throw error;
  });
  const tensors =
    options.tensors === undefined ? undefined : await tensorsOf(summary?.files ?? [path], options.tensors);
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ path, ...use, ...summary, verified, tensorList: tensors }, null, 2)}\n`,
    );
    return;
  }
  const told = new Set(summary?.warnings);
  const lines = [...use.usable, ...use.reasons, ...use.notes.filter((note) => !told.has(note))];
  if (verified) {
    const bytes = verified.reduce((sum, file) => sum + file.bytes, 0);
    lines.push(`All ${verified.length} files are as they were written (${sizeWords(bytes)}, by SHA-256).`);
  }
  if (summary) lines.push(...linesOf(summary));
  for (const { key, dtype, shape } of tensors ?? []) lines.push(`  ${key}  ${dtype} [${shape.join(', ')}]`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function linesOf(summary: CheckpointSummary): string[] {
  const { family, layout, parts, tensors, parameters, bytes, inPlaceBytes, types, groups, metadata } =
    summary;
  const millions = (count: number) => `${(count / 1e6).toFixed(1)} million`;
  const what = family === 'unknown' ? familyNames.unknown : `of the family ${familyNames[family]}`;
  const held = parts.length > 0 ? `; it holds ${parts.join(', ')}` : '';
  return [
    `It is ${what}, in the ${layout} layout${held}.`,
    `${tensors} tensors, ${millions(parameters)} parameters, ${sizeWords(bytes)} (${types.map(({ dtype, tensors }) => `${tensors} ${dtype}`).join(', ')}).`,
    inPlaceBytes === bytes
      ? 'Every tensor can be used where it lies.'
      : `${sizeWords(bytes - inPlaceBytes)} must be copied to be used.`,
    ...types.flatMap(castLine),
    ...groups.map(
      (group) =>
        `  ${group.prefix.padEnd(44)} ${String(group.tensors).padStart(5)} tensors, ${millions(group.parameters)}`,
    ),
    ...Object.entries(metadata).map(([key, value]) => `${key}: ${value}`),
    ...summary.warnings,
  ];
}

/** Floats that are not float32: name, and bytes of one. */
const castTypes: Readonly<Partial<Record<string, readonly [name: string, bytes: number]>>> = {
  f16: ['float16', 2],
  bf16: ['bfloat16', 2],
  f64: ['float64', 8],
};

/** What the CPU makes of a type while it loads, although it lies in place. */
function castLine({ dtype, parameters }: CheckpointSummary['types'][number]): string[] {
  const cast = castTypes[dtype];
  if (!cast) return [];
  const [name, bytes] = cast;
  return [
    `${sizeWords(parameters * bytes)} of ${name} become ${sizeWords(parameters * 4)} of float32 on the CPU.`,
  ];
}

async function tensorsOf(files: readonly string[], words: string | true) {
  const checkpoint = await openCheckpoint(files);
  try {
    const all = [...checkpoint.tensors.values()].map(({ key, dtype, shape }) => ({ key, dtype, shape }));
    return words === true ? all : all.filter(({ key }) => key.includes(words));
  } finally {
    await checkpoint.close();
  }
}

/** What it can be used as; and where it is nothing, why not. */
async function usability(
  path: string,
  config: string | undefined,
): Promise<{
  readonly usable: readonly string[];
  readonly reasons: readonly string[];
  /** What is odd about it: tensors that are left aside or not known. */
  readonly notes: readonly string[];
}> {
  const usable: string[] = [];
  const notes: string[] = [];
  const reasons: string[] = [];
  try {
    const model = await openModel({ path, config });
    const { nativeSize, unet, text, name, licence } = model.config;
    const nine = unet.inputChannels === 9 ? ' for inpainting' : '';
    usable.push(
      `A model${nine}: ${name} (licence ${licence}), at home at ${nativeSize.width} x ${nativeSize.height}, ${text.contextLength} words' tokens at a time.`,
    );
    notes.push(...(model.warnings ?? []));
    await model.dispose();
  } catch (error) {
    reasons.push(`Not a model: ${StablePoseError.from(error).message}`);
  }
  try {
    const adapter = await openAdapter({ path, config });
    usable.push(
      `A ${adapter.config.kind} adapter: ${adapter.config.name} (licence ${adapter.config.licence}).`,
    );
    notes.push(...(adapter.warnings ?? []));
    await adapter.dispose();
  } catch (error) {
    reasons.push(`Not an adapter: ${StablePoseError.from(error).message}`);
  }
  return { usable, reasons: usable.length > 0 ? [] : reasons, notes };
}
