import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { Command } from 'commander';
import { engineFiles } from '../engine-files.ts';
import { servePage } from '../serve-page.ts';
import { studioPort } from '../studio-origin.ts';
import { withInterrupt } from '../with-interrupt.ts';

export function studioCommand(): Command {
  return new Command('studio')
    .summary('the page in which people pose, generate and choose')
    .description(
      'Serves the studio on this machine, and says where. Pictures are made in the browser, with the model that ships inside; nothing leaves the machine.',
    )
    .option('--port <number>', 'the port to listen on; 0 is any that is free', String(studioPort))
    .action(async ({ port }: { port: string }) => {
      const number = Number(port);
      if (!Number.isInteger(number) || number < 0 || number > 65535) {
        throw new StablePoseError('invalid-input', `A port is a whole number from 0 to 65535, got ${port}.`);
      }
      const server = await servePage({ page: pageFolder(), models: await engineFiles(), port: number });
      process.stdout.write(`The studio is open at ${server.url} (Ctrl-C ends it)\n`);
      await withInterrupt(
        (signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      );
      await server.close();
    });
}

/** @throws file-not-found when the page was not built */
function pageFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('@stable-pose/studio/package.json');
  const folder = join(dirname(manifest), 'dist/page');
  if (existsSync(join(folder, 'index.html'))) return folder;
  throw new StablePoseError('file-not-found', `The studio's page is not in ${folder}.`, {
    remedy: 'In a clone, `npm run studio` builds it first.',
  });
}
