import { createLog, type LogOptions, startWorker } from '@stable-pose/server';
import { Command, Option } from 'commander';
import { addEngineOptions, type EngineOptions, wholeNumber } from '../generate-options.ts';
import { openNamedEngine } from '../open-named-engine.ts';
import { withInterrupt } from '../with-interrupt.ts';

interface WorkerCommandOptions extends EngineOptions {
  readonly redis: string;
  readonly queuePrefix?: string;
  readonly only?: readonly string[];
  readonly jobsAtOnce: number;
  readonly log: LogOptions['level'];
}

export function workerCommand(): Command {
  const command = new Command('worker')
    .summary('make pictures for servers, on as many machines as there are')
    .description('Makes the pictures that servers (stable-pose serve --redis) put into a Redis or Valkey.')
    .optionsGroup('For whom:')
    .requiredOption('--redis <url>', 'redis://[user:password@]host[:port], or rediss://')
    .option('--queue-prefix <name>', 'where in Redis; servers say the same')
    .optionsGroup('How it works:')
    .option('--only <model...>', 'ids of the models to work on; all of them when left out')
    .option(
      '--jobs-at-once <n>',
      'of each model; more than 1 helps only beside slow networks',
      wholeNumber(1, 64),
      1,
    )
    .addOption(
      new Option('--log <level>', 'what is logged, as JSON lines on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .optionsGroup('With what:')
    .addHelpText(
      'after',
      `
Examples:
  stable-pose worker --redis redis://10.0.0.5:6379
  stable-pose worker --redis redis://10.0.0.5:6379 --model v1-5-pruned.safetensors --adapter stable_pose.ckpt

Who can write into Redis can have pictures made, and read those of others: keep it in a network that you trust.`,
    )
    .action((options: WorkerCommandOptions) => withInterrupt((signal) => work(options, signal)));
  return addEngineOptions(command);
}

async function work(options: WorkerCommandOptions, signal: AbortSignal): Promise<void> {
  const engine = openNamedEngine(options);
  try {
    const worker = await startWorker({
      engine,
      redis: options.redis,
      queuePrefix: options.queuePrefix,
      models: options.only,
      concurrency: options.jobsAtOnce,
      log: createLog({ level: options.log }),
    });
    try {
      process.stdout.write(`Working on ${worker.models.join(', ')}. Stop with Ctrl-C.\n`);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      process.stdout.write('Stopping: what is not done in 10 s goes to other workers.\n');
    } finally {
      await worker.stop();
    }
  } finally {
    await engine.dispose();
  }
}
