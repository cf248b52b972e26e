import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { Command } from 'commander';

interface Options {
  readonly server: string;
  readonly from: string;
  readonly out?: string;
}

/** A built plug-in whose manifest names one server, and whose page begins with it. */
interface TeamBuild {
  readonly host: 'Figma' | 'Photoshop';
  readonly manifest: object;
  /** The studio's page, relative to the folder. */
  readonly page: string;
}

/** Where a checkout's `npm run build` leaves the plug-in. */
const builtPlugin = 'packages/figma-plugin/dist';
const head = '<meta charset="utf-8" />';

export function pluginBuildCommand(): Command {
  return new Command('build')
    .summary("a team's plug-in, which may reach the team's server and nothing else")
    .description(
      "Copies a built plug-in for Figma or Photoshop and changes what it may reach: its manifest allows one server. People import the folder's manifest.json in Figma's desktop app, an organisation publishes it to its members; for Photoshop the UXP Developer Tool loads the folder, and packs it for a team.",
    )
    .requiredOption(
      '--server <url>',
      'address of the server, https://pose.example.com or http://10.0.0.5:17325',
    )
    .option('--from <folder>', 'the built plug-in; packages/photoshop-plugin/dist for Photoshop', builtPlugin)
    .option('--out <folder>', 'where to (default: "figma-plugin-team" or "photoshop-plugin-team")')
    .addHelpText(
      'after',
      `
The server must let pages of plug-ins ask. Figma's have no origin:
  stable-pose serve --lan --allow-origin null
Photoshop's panel says the origin of its page under "Change", "Server here".

Browsers let Figma's page, which came over https, reach http addresses of this computer only (mixed content), and may ask people
before it reaches the local network. A server of another computer needs https.`,
    )
    .action(async (options: Options) => {
      const origin = serverOrigin(options.server);
      const from = resolve(options.from);
      const { host, out } = await buildTeamPlugin(from, options.out, origin);
      process.stdout.write(`${out} may reach ${origin.origin} and nothing else.\n`);
      if (host === 'Figma' && isMixed(origin)) {
        process.stderr.write(
          `Browsers refuse ${origin.origin} to Figma's page, which came over https (mixed content): give the server a certificate.\n`,
        );
      }
    });
}

/** @throws invalid-input */
function serverOrigin(given: string): URL {
  let url: URL;
  try {
    url = new URL(given);
  } catch (cause) {
    throw wrongServer(given, cause);
  }
  const isPlain = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
  if (!['http:', 'https:'].includes(url.protocol) || !isPlain) throw wrongServer(given);
  return url;
}

function isMixed({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function wrongServer(given: string, cause?: unknown): StablePoseError {
  return new StablePoseError('invalid-input', `"${given}" is no address of a server.`, {
    remedy: 'Give it without a path, such as https://pose.example.com.',
    cause,
  });
}

/** @throws file-not-found, invalid-input, write-failed */
async function buildTeamPlugin(
  from: string,
  given: string | undefined,
  { origin }: URL,
): Promise<{ readonly host: TeamBuild['host']; readonly out: string }> {
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
  const { host, manifest, page } = teamBuild(JSON.parse(await read('manifest.json')), origin);
  const out = resolve(given ?? `${host.toLowerCase()}-plugin-team`);
  if (isWithin(from, out)) {
    throw new StablePoseError('invalid-input', 'A build cannot be written over the one it is made from.', {
      remedy: 'Choose another --out.',
    });
  }
  const html = await read(page);
  if (!html.includes(head)) throw new StablePoseError('invalid-input', `${from} is no Stable-Pose plug-in.`);
  const named = html.replace(
    head,
    () => `${head}\n    <meta name="stable-pose-server" content="${origin}" />`,
  );
  try {
    await mkdir(out, { recursive: true });
    for (const entry of await readdir(from)) {
      // The package in it is the published one's.
      if (entry.endsWith('.ccx')) continue;
      await cp(join(from, entry), join(out, entry), { recursive: true });
    }
    await writeFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeFile(join(out, page), named);
  } catch (cause) {
    throw new StablePoseError('write-failed', `The build could not be written to ${out}.`, { cause });
  }
  return { host, out };
}

/** Whether a path is the folder or lies in it; both are resolved. */
const isWithin = (folder: string, path: string): boolean => `${path}${sep}`.startsWith(`${folder}${sep}`);

/** Editors tell plug-ins apart by their ids: the published one stays what it is. */
function teamBuild(manifest: FigmaManifest | PhotoshopManifest, origin: string): TeamBuild {
  const name = `${manifest.name} (team)`;
  if ('networkAccess' in manifest) {
    const networkAccess = {
      allowedDomains: [origin],
      reasoning: `Pictures are made by the team's own Stable-Pose server at ${origin}. The plug-in reaches nothing else.`,
    };
    return {
      host: 'Figma',
      manifest: { ...manifest, name, id: `${manifest.id}-team`, networkAccess },
      page: 'ui.html',
    };
  }
  const { requiredPermissions } = manifest;
  if (!requiredPermissions?.webview) {
    throw new StablePoseError('invalid-input', 'This manifest is neither of Figma nor of Photoshop.', {
      remedy: 'Say with --from where a built plug-in is.',
    });
  }
  const webview = { ...requiredPermissions.webview, domains: [origin] };
  return {
    host: 'Photoshop',
    manifest: {
      ...manifest,
      name,
      id: `${manifest.id}.team`,
      requiredPermissions: { ...requiredPermissions, webview },
    },
    page: join('studio', 'index.html'),
  };
}

interface FigmaManifest {
  readonly name: string;
  readonly id: string;
  readonly networkAccess: object;
}

interface PhotoshopManifest {
  readonly name: string;
  readonly id: string;
  readonly requiredPermissions?: { readonly webview?: object };
}
