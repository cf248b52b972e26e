// Checks the built package, the listing and its pictures before they are handed in:
// `node packages/photoshop-plugin/publishing/check.mjs [DIST]`. Numbers are those of Adobe's Developer Distribution portal, as
// AdobeDocs/uxp-premiere-pro (plugins/distribution/listing and review-guidelines) gives them for every host.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const folder = fileURLToPath(new URL('.', import.meta.url));
const languages = ['en', 'de'];
/** Names that are Adobe's to use (branding guidelines of the Developer Distribution portal). */
const trademarks = /adobe|photoshop|creative cloud|sensei|firefly/i;
/** Other products: a listing names none. */
const rivals = /\b(figma|canva|affinity|gimp|krita|midjourney)\b/i;
const lengths = {
  name: 45,
  subtitle: 30,
  description: 5000,
  releaseNotes: 1000,
  noteToReviewers: 1000,
  tags: 300,
};
const shotSize = [1360, 800];
const mostShots = 5;
const iconSides = [48, 96, 192];

/**
 * What is wrong with a package, a sentence each; empty when nothing is.
 * @param {Uint8Array} ccx
 * @param {Record<string, any>} [listing]
 */
export function checkPackage(ccx, listing = JSON.parse(readFileSync(join(folder, 'listing.json'), 'utf8'))) {
  const files = unzipSync(ccx);
  const text = (name) => (files[name] ? new TextDecoder().decode(files[name]) : undefined);
  const faults = [];
  const manifest = JSON.parse(text('manifest.json') ?? 'null');
  if (!manifest) return ['The package has no manifest.json at its top.'];
  checkManifest(manifest, files, faults);
  checkCode(files, text, faults);
  checkListing(listing, manifest, faults);
  return faults;
}

function checkManifest(manifest, files, faults) {
  const { manifestVersion, id, name, version, main, host, entrypoints = [], icons = [] } = manifest;
  if (manifestVersion !== 5) faults.push(`The manifest is of version ${manifestVersion}, not 5.`);
  if (!/^[A-Za-z0-9][\w.-]+$/.test(id ?? ''))
    faults.push('The id of the manifest is missing or has odd letters.');
  if (!name) faults.push('The manifest has no name.');
  else if ([...name].some((letter) => letter > '~'))
    faults.push('The name of the manifest is not plain ASCII.');
  if (!/^\d{1,2}\.\d{1,2}\.\d{1,3}$/.test(version ?? ''))
    faults.push(`The version "${version}" is not of the form 1.2.3.`);
  if (!files[main]) faults.push(`The package lacks the page "${main}" that the manifest names.`);
  if (Array.isArray(host) || host?.app !== 'PS' || !/^\d+\.\d+\.\d+$/.test(host?.minVersion ?? '')) {
    faults.push('A package is for one host, with a minimum version.');
  }
  for (const { id: entry, label } of entrypoints) {
    if (!label?.default) faults.push(`The entry point "${entry}" has no label.`);
  }
  if (new Set(entrypoints.map(({ id: entry }) => entry)).size !== entrypoints.length) {
    faults.push('Two entry points have one id.');
  }
  const panels = entrypoints.filter(({ type }) => type === 'panel');
  for (const panel of panels) {
    const themes = new Set((panel.icons ?? []).flatMap(({ theme }) => theme));
    for (const theme of ['darkest', 'dark', 'light', 'lightest']) {
      if (!themes.has(theme)) faults.push(`The panel "${panel.id}" has no icon for the theme ${theme}.`);
    }
  }
  if (icons.length === 0) faults.push('The manifest has no icon for lists of plug-ins.');
  for (const icon of [...icons, ...panels.flatMap((panel) => panel.icons ?? [])])
    checkIcon(icon, files, faults);
}

function checkIcon({ path, width, height, scale = [1] }, files, faults) {
  for (const factor of scale) {
    const name = path.replace(/\.png$/, `@${factor}x.png`);
    const bytes = files[name];
    if (!bytes) {
      faults.push(`The package lacks the icon ${name}.`);
      continue;
    }
    const [wide, high] = pngSize(bytes);
    if (wide !== width * factor || high !== height * factor) {
      faults.push(
        `The icon ${name} is ${wide} x ${high}, and is to be ${width * factor} x ${height * factor}.`,
      );
    }
  }
}

/** Width and height stand at bytes 16 and 20 of a PNG. */
function pngSize(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

/**
 * What is wrong with the listing's pictures, a sentence each.
 * @param {Readonly<Record<string, Uint8Array>>} pictures by file name
 */
export function checkPictures(pictures) {
  const faults = [];
  for (const side of iconSides) {
    const name = `icon-${side}.png`;
    const [wide, high] = pictures[name] ? pngSize(pictures[name]) : [];
    if (wide !== side || high !== side) faults.push(`The listing needs ${name}, ${side} x ${side}.`);
  }
  const shots = Object.entries(pictures).filter(([name]) => !name.startsWith('icon-'));
  if (shots.length < 1 || shots.length > mostShots)
    faults.push(`The listing has ${shots.length} screenshots, and is to have 1 to ${mostShots}.`);
  for (const [name, bytes] of shots) {
    const [wide, high] = pngSize(bytes);
    if (wide !== shotSize[0] || high !== shotSize[1])
      faults.push(`${name} is ${wide} x ${high}, and is to be ${shotSize.join(' x ')}.`);
    if (bytes.length > 5e6) faults.push(`${name} has more than 5 MB.`);
  }
  return faults;
}

/** The pictures beside this file, by name. */
export function listingPictures() {
  const place = join(folder, 'pictures');
  return Object.fromEntries(readdirSync(place).map((name) => [name, readFileSync(join(place, name))]));
}

function checkCode(files, text, faults) {
  for (const name of Object.keys(files)) {
    if (/(^|\/)\.|\.map$|__MACOSX|Thumbs\.db/.test(name))
      faults.push(`${name} does not belong into a package.`);
  }
  if (!files.LICENSE) faults.push('The package has no LICENSE.');
  for (const name of Object.keys(files).filter((one) => one.endsWith('.html'))) {
    const page = text(name) ?? '';
    if (/<(script|link)[^>]+(src|href)="(https?:)?\/\//.test(page))
      faults.push(`${name} loads something from elsewhere.`);
    for (const [, source] of page.matchAll(/<script[^>]+src="([^"]+)"/g)) {
      const path = join(name, '..', source).replaceAll('\\', '/');
      if (!files[path]) faults.push(`${name} names the script ${source}, which the package lacks.`);
    }
  }
  const shell = text('main.js') ?? '';
  if (/\beval\(|new Function\(/.test(shell))
    faults.push('The shell makes code from strings, which the manifest does not allow.');
}

function checkListing(listing, { name, requiredPermissions = {} }, faults) {
  if (listing.name !== name) faults.push(`The listing is named "${listing.name}", the manifest "${name}".`);
  if (trademarks.test(listing.name)) faults.push('The name has a trademark of Adobe in it.');
  if (listing.name.length > lengths.name) faults.push(`The name has more than ${lengths.name} letters.`);
  for (const field of ['subtitle', 'description', 'releaseNotes']) {
    for (const language of languages) {
      const words = listing[field]?.[language];
      if (!words) faults.push(`The ${field} is missing in "${language}".`);
      else if (words.length > lengths[field])
        faults.push(`The ${field} in "${language}" has more than ${lengths[field]} letters.`);
    }
  }
  const { noteToReviewers = '', keywords = [], languages: spoken = [] } = listing;
  if (noteToReviewers.length === 0 || noteToReviewers.length > lengths.noteToReviewers)
    faults.push(`The note to reviewers has 1 to ${lengths.noteToReviewers} letters.`);
  if (keywords.join(', ').length > lengths.tags)
    faults.push(`The tags have more than ${lengths.tags} letters.`);
  if (spoken.length === 0) faults.push('The listing names no languages.');
  if (rivals.test(JSON.stringify(listing))) faults.push('The listing names another product.');
  for (const permission of Object.keys(requiredPermissions)) {
    for (const language of languages) {
      if (!listing.permissions?.[permission]?.[language]) {
        faults.push(`The permission ${permission} is not explained in "${language}".`);
      }
    }
  }
  for (const permission of Object.keys(listing.permissions ?? {})) {
    if (!(permission in requiredPermissions))
      faults.push(`The listing explains ${permission}, which is not asked for.`);
  }
  if (requiredPermissions.network?.domains === 'all') faults.push('The network is asked for whole.');
  if (requiredPermissions.localFileSystem === 'fullAccess') faults.push('All files are asked for.');
  if (
    typeof listing.privacy?.collectsData !== 'boolean' ||
    languages.some((language) => !listing.privacy[language])
  ) {
    faults.push('Privacy is not answered in both languages.');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = process.argv[2] ?? join(folder, '../dist');
  const faults = [
    ...checkPackage(readFileSync(join(dist, 'stable-pose.ccx'))),
    ...checkPictures(listingPictures()),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length === 0)
    console.log('Nothing is wrong with package, listing and pictures that a machine can see.');
  process.exitCode = faults.length > 0 ? 1 : 0;
}
