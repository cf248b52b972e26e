import { existsSync } from 'node:fs';
import { StablePoseError } from '@stable-pose/core';
import type { ModelReference, PullProgress } from '@stable-pose/sdk';
import { defaultModelFolder, openModelFolder } from '@stable-pose/sdk/node';
import { Command } from 'commander';
import { createProgressBar } from '../progress-bar.ts';
import { withInterrupt } from '../with-interrupt.ts';
import { sizeWords } from './size-words.ts';

interface PullOptions {
  readonly folder?: string;
  readonly revision?: string;
  readonly variant?: string;
  readonly files?: readonly string[];
  readonly sha256?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  A model of the hub, in half precision:
    stable-pose models pull owner/name --variant fp16

  One file of it:
    stable-pose models pull owner/name --files "*.safetensors"

  A file from anywhere, checked by its hash:
    stable-pose models pull https://example.org/stable_pose.ckpt --sha256 9f86d0...

  A model on a stick:
    stable-pose models pull /media/stick/model

Ctrl-C stops it; the same line goes on from there. HF_TOKEN opens models that want a token; HF_ENDPOINT names another hub;
STABLE_POSE_MODELS names the folder. A pulled model is used by its name: generate --model owner--name`;

export function modelsPullCommand(): Command {
  return new Command('pull')
    .summary('fetch a model from a hub, an address or a folder')
    .description(
      'Fetches a model, checks it by its hashes and keeps it; what broke off goes on where it was.',
    )
    .argument('<source>', 'owner/name, an https address, or a file or folder of this machine')
    .option('--folder <folder>', 'where models are kept', defaultModelFolder())
    .option('--revision <name>', 'of the hub: a branch, a tag or a commit')
    .option('--variant <name>', 'of the hub: fp16 is half as large where it is published')
    .option('--files <pattern...>', 'of the hub: only these; what a model needs when left out')
    .option('--sha256 <hex>', 'of a single file: what it must hash to')
    .option('--json', 'print where it lies as JSON')
    .addHelpText('after', examples)
    .action((source: string, options: PullOptions) =>
      withInterrupt((signal) => pull(source, options, signal)),
    );
}

async function pull(source: string, options: PullOptions, signal: AbortSignal): Promise<void> {
  const reference = referenceOf(source, options);
  const store = openModelFolder({ folder: options.folder, variant: options.variant });
  const bar = createProgressBar();
  try {
    const model = await store.pull(reference, {
      signal,
      onProgress: (progress) => bar.update(shareOf(progress), wordsFor(progress)),
    });
    bar.stop();
    const path = store.pathOf(model.id);
    process.stdout.write(options.json ? `${JSON.stringify({ ...model, path }, null, 2)}\n` : `${path}\n`);
    if (!options.json) {
      process.stderr.write(`${model.name}, ${sizeWords(model.bytes)}. Use it with: --model ${model.id}\n`);
    }
  } finally {
    bar.stop();
  }
}

function referenceOf(source: string, { revision, files, sha256 }: PullOptions): ModelReference {
  if (/^[a-z]+:\/\//i.test(source)) return { from: 'url', url: source, ...(sha256 ? { sha256 } : {}) };
  if (existsSync(source)) return { from: 'path', path: source };
  if (/^[\w.-]+\/[\w.-]+$/.test(source)) {
    return {
      from: 'hub',
      repository: source,
      ...(revision ? { revision } : {}),
      ...(files ? { files } : {}),
    };
  }
  throw new StablePoseError('file-not-found', `There is no file or folder ${source}.`, {
    remedy: 'Name a model of the hub as owner/name, an https address, or a path.',
  });
}

function shareOf({ bytes, totalBytes }: PullProgress): number {
  return totalBytes ? bytes / totalBytes : 0;
}

function wordsFor({
  stage,
  file,
  bytes,
  totalBytes,
  bytesPerSecond,
  secondsRemaining,
}: PullProgress): string {
  if (stage === 'list') return 'asking what there is';
  const what = stage === 'verify' ? `checking what is here of ${file}` : file;
  const size = totalBytes ? `${sizeWords(bytes)} of ${sizeWords(totalBytes)}` : sizeWords(bytes);
  const speed = bytesPerSecond ? `, ${sizeWords(bytesPerSecond)}/s` : '';
  const rest = secondsRemaining === undefined ? '' : `, ${timeWords(secondsRemaining)} to go`;
  return `${what}, ${size}${speed}${rest}`;
}

function timeWords(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
