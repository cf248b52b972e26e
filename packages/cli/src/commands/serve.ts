import { createRequire } from 'node:module';
import {
  createLog,
  createQueueEngine,
  defaultDataFolder,
  type LogOptions,
  type RunningServer,
  startServer,
} from '@stable-pose/server';
import { Command, Option } from 'commander';
import { addEngineOptions, type EngineOptions, wholeNumber } from '../generate-options.ts';
import { openNamedEngine } from '../open-named-engine.ts';
import { studioOrigin } from '../studio-origin.ts';
import { withInterrupt } from '../with-interrupt.ts';

interface ServeOptions extends EngineOptions {
  readonly port?: number;
  readonly lan?: boolean;
  readonly hostName?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly data?: string;
  readonly newToken?: boolean;
  readonly jobSeconds: number;
  readonly redis?: string;
  readonly queuePrefix?: string;
  readonly jobsAtOnce?: number;
  readonly log: LogOptions['level'];
  readonly logPrompts?: boolean;
}

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('make pictures for other programs, over HTTP')
    .description(
      'Serves the engine to plug-ins, pages and other programs: on this machine only, and only to those who have its token.',
    )
    .optionsGroup('Who may come in:')
    .option('--port <n>', 'the first free of 17325, 17326 and 17327 when left out', wholeNumber(1, 65_535))
    .option('--lan', 'listen on every network of this machine; says what that opens')
    .option('--host-name <name...>', 'more names under which it may be called')
    .option(
      '--allow-origin <origin...>',
      'pages that may call it beside the studio, such as https://example.com; null is a plug-in’s frame',
    )
    .option('--new-token', 'forget the token and show a new one')
    .optionsGroup('How it works:')
    .option('--data <folder>', 'where jobs, pictures and the token are kept')
    .option('--job-seconds <n>', 'the longest that a job may take', wholeNumber(1, 86_400), 3600)
    .option('--redis <url>', 'let workers (stable-pose worker) make the pictures, which share this Redis')
    .option('--queue-prefix <name>', 'where in Redis; workers say the same')
    .option('--jobs-at-once <n>', 'with --redis: jobs given to the workers at a time', wholeNumber(1, 1000))
    .addOption(
      new Option('--log <level>', 'what is logged, as JSON lines on standard error')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('warn'),
    )
    .option('--log-prompts', 'prompts may stand in the log')
    .optionsGroup('With what:')
    .addHelpText(
      'after',
      `
Examples:
  stable-pose serve
  stable-pose serve --model v1-5-pruned.safetensors --adapter stable_pose.ckpt
  stable-pose serve --redis redis://10.0.0.5:6379
  stable-pose serve --lan --allow-origin https://www.figma.com null

Programs that know OpenAI's images or AUTOMATIC1111's API can use it too: give them the address and, as key or password,
the token.`,
    )
    .action((options: ServeOptions) => withInterrupt((signal) => serve(options, signal)));
  return addEngineOptions(command);
}

async function serve(options: ServeOptions, signal: AbortSignal): Promise<void> {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const { redis, queuePrefix } = options;
  const engine = redis === undefined ? openNamedEngine(options) : createQueueEngine({ redis, queuePrefix });
  const dataFolder = options.data ?? defaultDataFolder();
  try {
    const server = await startServer({
      engine,
      dataFolder,
      version,
      concurrency: redis === undefined ? 1 : (options.jobsAtOnce ?? 64),
      lan: options.lan,
      hostNames: options.hostName,
      allowedOrigins: originsOf(options),
      newToken: options.newToken,
      limits: { jobSeconds: options.jobSeconds },
      log: createLog({ level: options.log }),
      logPrompts: options.logPrompts,
      ...(options.port === undefined ? {} : { ports: [options.port] }),
    });
    try {
      process.stdout.write(`${greeting(server, dataFolder, options)}\n`);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      process.stdout.write('Stopping: what waits is kept for the next start.\n');
    } finally {
      await server.stop();
    }
  } finally {
    await engine.dispose();
  }
}

function greeting(server: RunningServer, dataFolder: string, options: ServeOptions): string {
  const lines = [`Serving at ${server.url}. Stop with Ctrl-C.`];
  if (server.isTokenNew) {
    lines.push(
      'Its token, which every request must carry, is shown this once:',
      `  ${server.token}`,
      `It lies in ${dataFolder}/token, which only you can read.`,
    );
  } else {
    lines.push('The token is the one that was shown at the first start (--new-token makes another).');
  }
  if (options.lan) {
    lines.push(
      '--lan: everyone in these networks can reach it, and needs the token to get in:',
      ...server.addresses.map((address) => `  ${address}`),
      'Nothing is encrypted on the way, the token included: use it in networks that you trust.',
    );
  }
  lines.push(
    `Pages of ${originsOf(options).join(', ')} may call it, with the token; others may not (--allow-origin).`,
  );
  return lines.join('\n');
}

/** The studio of this machine, and who was named. */
const originsOf = ({ allowOrigin = [] }: ServeOptions): readonly string[] => [studioOrigin, ...allowOrigin];
