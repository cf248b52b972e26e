import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePageScript, bundleScript, carriedFiles, packCarried } from '../sdk/bundle/carried-engine.mjs';
import { namedPoses } from './named-poses.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const places = {
  studio: '<!-- the studio -->',
  script: '/* the opener */',
  files: '<!-- the files -->',
  models: '<!-- the models -->',
};
/** A file as the page carries it. @param {string} name @param {string | Uint8Array} bytes */
const packed = (name, bytes) =>
  `<script type="text/plain" data-file="${name}">${packCarried(bytes)}</script>`;

/**
 * Builds the plug-in: `dist/` as Figma's desktop app imports it, a manifest, the main half and one page with all in it.
 * @param {string} [out] where to, for tests
 * @param {{ models?: string }} [options] `models`: an https address with a slash at its end, where the page fetches the models
 *   (`figurine/` and `movenet/` below it) in place of carrying them; the manifest allows its domain
 */
export async function buildFigmaPlugin(out = join(folder, 'dist'), { models } = {}) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeManifest(out, models);
  const named = await namedPoses();
  const main = await bundleScript({
    entryPoints: [join(folder, 'src/main/main.ts')],
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2017',
    define: { STABLE_POSE_NAMES: JSON.stringify({ names: named.names, views: named.views }) },
  });
  writeFileSync(join(out, 'code.js'), main);
  const page = readFileSync(join(folder, 'plugin/ui.html'), 'utf8');
  for (const place of Object.values(places))
    if (!page.includes(place)) throw new Error(`plugin/ui.html has no place for ${place}`);
  // The parser of HTML ends a script at its closing tag wherever it stands, and minds comments.
  const opener = (await bundlePageScript({ entryPoints: [join(folder, 'src/ui/open-studio.ts')] }))
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--');
  const studio = await bundlePageScript({ entryPoints: [join(folder, 'src/ui/ui.ts')] });
  const files = [packed('poses.json', JSON.stringify({ views: named.views, poses: named.poses }))];
  for await (const [name, bytes] of carriedFiles({ withModels: models === undefined }))
    files.push(packed(name, bytes));
  writeFileSync(
    join(out, 'ui.html'),
    page
      .replace(places.studio, () => packed('studio.js', studio))
      .replace(places.script, () => opener)
      .replace(places.files, () => files.join('\n'))
      .replace(places.models, () =>
        models === undefined ? '' : `<meta name="stable-pose-models" content="${models}" />`,
      ),
  );
}

/** @param {string} out @param {string | undefined} models */
function writeManifest(out, models) {
  if (models === undefined) {
    cpSync(join(folder, 'plugin/manifest.json'), join(out, 'manifest.json'));
    return;
  }
  const { protocol, origin, pathname, search, hash } = new URL(models);
  if (protocol !== 'https:' || !pathname.endsWith('/') || search || hash || /["<>&]/.test(models))
    throw new Error(`Models lie at an https address with a slash at its end, not at ${models}.`);
  const manifest = JSON.parse(readFileSync(join(folder, 'plugin/manifest.json'), 'utf8'));
  manifest.networkAccess.allowedDomains.push(origin);
  manifest.networkAccess.reasoning += ` Its models are fetched from ${origin}.`;
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** For rollup's list: the bundles are written when its turn comes. STABLE_POSE_FIGMA_MODELS says where models are fetched. */
export const figmaPlugin = {
  input: 'figma-plugin',
  output: { dir: join(folder, 'dist') },
  plugins: [
    {
      name: 'figma-plugin',
      resolveId: (id) => id,
      load: () => '',
      generateBundle: (_, files) => {
        for (const name of Object.keys(files)) delete files[name];
      },
      writeBundle: () =>
        buildFigmaPlugin(undefined, { models: process.env.STABLE_POSE_FIGMA_MODELS || undefined }),
    },
  ],
  onwarn: () => undefined,
};
