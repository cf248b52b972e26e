import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface Package {
  readonly name: string;
  readonly licence: string;
  readonly texts: readonly string[];
}

const texts = createRequire(import.meta.url);

/**
 * The licences of every package in `node_modules` and of Node, as one text: which package is under which, and each wording once.
 * A package that names a licence without carrying its words gets them from the SPDX list.
 * @throws when a package has neither
 */
export function gatherLicences(modules: string, nodeLicence: string): string {
  const packages = [
    ...packagesIn(modules),
    { name: 'Node.js', licence: 'MIT and others', texts: [nodeLicence] },
  ];
  const wordings = new Map<string, string[]>();
  for (const { name, texts } of packages) {
    for (const text of texts) wordings.set(text, [...(wordings.get(text) ?? []), name]);
  }
  const list = packages.map(({ name, licence }) => `${name}: ${licence}`).sort();
  const rule = '-'.repeat(78);
  const chapters = [...wordings].map(([text, names]) => `${rule}\n${names.join('\n')}\n${rule}\n\n${text}\n`);
  return `What is in this folder, and under which licence. The wordings follow.\n\n${list.join('\n')}\n\n${chapters.join('\n')}`;
}

function packagesIn(modules: string): readonly Package[] {
  const folders = readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    );
  return folders.flatMap((name) => {
    const folder = join(modules, name);
    const names = readdirSync(folder);
    const nested = names.includes('node_modules') ? packagesIn(join(folder, 'node_modules')) : [];
    return names.includes('package.json') ? [readPackage(folder), ...nested] : nested;
  });
}

function readPackage(folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const name = `${manifest.name} ${manifest.version}`;
  const licence = manifest.license ?? 'see below';
  const own = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying|notice|third.?party)/i.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), 'utf8').trim());
  const found = own.length > 0 ? own : wordsOf(licence);
  if (found.length === 0) throw new Error(`${name} names the licence ${licence}, whose words are nowhere.`);
  return { name, licence, texts: found };
}

/** Of an SPDX expression, every licence in it. The lesser GPL is an addition to the GPL, and useless without it. */
function wordsOf(licence: string): readonly string[] {
  const ids = licence.split(/[\s()]+|AND|OR/).filter(Boolean);
  return ids.flatMap((id) => {
    const plain = id.replace(/-(or-later|only)$/, '');
    try {
      const { licenseText } = texts(`spdx-license-list/licenses/${plain}.json`) as { licenseText: string };
      return [licenseText.trim(), ...(plain === 'LGPL-3.0' ? wordsOf('GPL-3.0') : [])];
    } catch {
      return [];
    }
  });
}
