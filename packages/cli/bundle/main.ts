import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import { bundleServer } from './bundle-server.ts';
import { platforms, thisPlatform } from './platforms.ts';

const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const names = platforms.map(({ name }) => name);
const own = thisPlatform()?.name;

await new Command('npm run bundle:server --')
  .description('Makes a folder with the server, Node and a model in it, for people who have no Node.')
  .addArgument(
    new Argument('[platform...]', `for which computers${own ? `; ${own} when left out` : ''}`).choices([
      ...names,
      'all',
    ]),
  )
  .option('--out <folder>', 'where to put it', 'out')
  .action((asked: readonly string[], { out }: { out: string }) => {
    const wanted = asked.length === 0 && own !== undefined ? [own] : asked;
    const chosen = platforms.filter(({ name }) => wanted.includes(name) || wanted.includes('all'));
    if (chosen.length === 0)
      throw new Error(`For which computers? One or more of: ${names.join(', ')}, all.`);
    for (const platform of chosen) {
      process.stdout.write(`${platform.name} ...\n`);
      const { folder, files, bytes, longestPath } = bundleServer(root, platform, resolve(out));
      process.stdout.write(
        `${folder}\n  ${(bytes / 1e6).toFixed(0)} MB, ${files} files, longest path ${longestPath} characters\n`,
      );
    }
  })
  .parseAsync();
