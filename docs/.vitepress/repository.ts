import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Cards and lists outside of docs that the site shows whether or not a page links to them. */
const shown = [
  'packages/sdk/examples/README.md',
  'models/README.md',
  'models/figurine/README.md',
  'models/training/README.md',
  'test/README.md',
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`),
].filter((path) => existsSync(join(root, path)));

/** What a page of the site is in the repository: `guides/sdk.md` is docs/guides/sdk.md, `source/x` is x. */
export function fileOfPage(page: string): string {
  return page.startsWith('source/') ? page.slice('source/'.length) : `docs/${page}`;
}

/** Where the site shows a file that is not in docs: `/source/packages/sdk/src/index.ts.html`. */
export function addressOfFile(path: string): string {
  return `/source/${path.replace(/\.md$/, '')}.html`;
}

/**
 * The file of the repository that a link in another one means; a folder means its README or its index, and itself where it has
 * none. Undefined for addresses, anchors and what is not there.
 * @param from path of the linking file from the root
 */
export function targetOfLink(from: string, href: string): string | undefined {
  if (/^([a-z]+:|#|\/)/.test(href)) return undefined;
  const path = posix.normalize(posix.join(posix.dirname(from), decodeURI(href.replace(/#.*$/, ''))));
  const place = path.replace(/\/$/, '');
  const page = [`${place}/README.md`, `${place}/index.md`].find((one) => existsSync(join(root, one)));
  return page ?? (existsSync(join(root, place)) ? place : undefined);
}

/** What the site shows beside the pages of docs: files and folders that its pages link to, and those that these link to, and so on. */
export function linkedFiles(): readonly string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    if (!path.endsWith('.md')) return;
    const text = readFileSync(join(root, path), 'utf8').replace(/^(`{3,})[\s\S]*?^\1/gm, '');
    for (const [, href] of text.matchAll(/(?<!!\[[^\]]*)\]\(([^()\s]+)\)/g)) {
      const target = targetOfLink(path, href);
      if (target !== undefined && (isText(target) || isFolder(target))) visit(target);
    }
  };
  for (const path of [...shown, ...pagesOf('docs')]) visit(path);
  return [...found].filter((path) => !isPage(path)).sort();
}

/** Markdown below a folder of docs, sorted by name. */
export function pagesOf(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => posix.join(folder, String(name).replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.md') && !/\.vitepress|\/node_modules\/|\/source\/|\/0000-/.test(path))
    .sort();
}

/** The first heading, without its marks. */
export function titleOf(path: string): string {
  const [, title] = /^#+ +(.+)$/m.exec(readFileSync(join(root, path), 'utf8')) ?? [];
  return (title ?? posix.basename(path)).replace(/`/g, '');
}

/** Whether a file of the repository is one of the site's own pages. */
export function isPage(path: string): boolean {
  return path.startsWith('docs/') && path.endsWith('.md');
}

/** Names in a folder, folders with a slash behind. */
export function namesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}

export function isFolder(path: string): boolean {
  return statSync(join(root, path)).isDirectory();
}

function isText(path: string): boolean {
  return /\.(md|m?[jt]s|tsx|json|html|css|py)$|^(LICENSE|NOTICE)$/.test(path);
}
