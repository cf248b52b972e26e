import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { Command } from 'commander';

interface Options {
  readonly server: string;
  readonly from: string;
  readonly out: string;
}

interface FigmaManifest {
  name: string;
  id: string;
  networkAccess: { allowedDomains: string[]; reasoning?: string };
}

/** Where a checkout's `npm run build` leaves the plug-in. */
const builtPlugin = 'packages/figma-plugin/dist';

export function pluginBuildCommand(): Command {
  return new Command('build')
    .summary("a team's Figma plug-in, which may reach the team's server and nothing else")
    .description(
      "Copies a built Figma plug-in and changes what it may reach: its manifest allows one server. People import the folder's manifest.json in Figma's desktop app, or an organisation publishes it to its members.",
    )
    .requiredOption(
      '--server <url>',
      'address of the server, https://pose.example.com or http://10.0.0.5:17325',
    )
    .option('--from <folder>', 'the built plug-in', builtPlugin)
    .option('--out <folder>', 'where to', 'figma-plugin-team')
    .addHelpText(
      'after',
      `
The server must let pages without an origin ask:
  stable-pose serve --lan --allow-origin null

Browsers let Figma's page, which came over https, reach http addresses of this computer only (mixed content), and may ask people
before it reaches the local network. A server of another computer needs https.`,
    )
    .action(async (options: Options) => {
      const { origin, notes } = serverOrigin(options.server);
      const out = resolve(options.out);
      await buildTeamPlugin(resolve(options.from), out, origin);
      process.stdout.write(`${out} may reach ${origin} and nothing else.\n`);
      for (const note of notes) process.stderr.write(`${note}\n`);
    });
}

/** @throws invalid-input */
function serverOrigin(given: string): { readonly origin: string; readonly notes: readonly string[] } {
  let url: URL;
  try {
    url = new URL(given);
  } catch (cause) {
    throw wrongServer(given, cause);
  }
  const isPlain = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!['http:', 'https:'].includes(url.protocol) || !isPlain) throw wrongServer(given);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const notes =
    url.protocol === 'http:' && !isLoopback
      ? [
          `Browsers refuse ${url.origin} to Figma's page, which came over https (mixed content): give the server a certificate.`,
        ]
      : [];
  return { origin: url.origin, notes };
}

function wrongServer(given: string, cause?: unknown): StablePoseError {
  return new StablePoseError('invalid-input', `"${given}" is no address of a server.`, {
    remedy: 'Give it without a path, such as https://pose.example.com.',
    cause,
  });
}

/** @throws file-not-found, invalid-input, write-failed */
async function buildTeamPlugin(from: string, out: string, origin: string): Promise<void> {
  const read = async (name: string): Promise<string> => {
    try {
      return await readFile(join(from, name), 'utf8');
    } catch (cause) {
      throw new StablePoseError(
        'file-not-found',
        `There is no built plug-in in ${from}: ${name} is missing.`,
        {
          remedy: 'Run npm run build in a checkout, or say --from.',
          cause,
        },
      );
    }
  };
  if (out === from) {
    throw new StablePoseError('invalid-input', 'A build cannot be written over the one it is made from.', {
      remedy: 'Choose another --out.',
    });
  }
  const manifest = JSON.parse(await read('manifest.json')) as FigmaManifest;
  const page = await read('ui.html');
  const head = '<meta charset="utf-8" />';
  if (!page.includes(head)) throw new StablePoseError('invalid-input', `${from} is no Stable-Pose plug-in.`);
  manifest.name += ' (team)';
  // Figma tells plug-ins apart by it; the published one stays what it is.
  manifest.id += '-team';
  manifest.networkAccess = {
    allowedDomains: [origin],
    reasoning: `Pictures are made by the team's own Stable-Pose server at ${origin}. The plug-in reaches nothing else.`,
  };
  const named = page.replace(
    head,
    () => `${head}\n    <meta name="stable-pose-server" content="${origin}" />`,
  );
  try {
    await mkdir(out, { recursive: true });
    await cp(join(from, 'code.js'), join(out, 'code.js'));
    await writeFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(join(out, 'ui.html'), named);
  } catch (cause) {
    throw new StablePoseError('write-failed', `The build could not be written to ${out}.`, { cause });
  }
}
