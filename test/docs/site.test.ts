import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMarkdownRenderer } from 'vitepress';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  addressOfFile,
  fileOfPage,
  isPage,
  linkedFiles,
  pagesOf,
  root,
} from '../../docs/.vitepress/repository.ts';
import { repositoryLinks } from '../../docs/.vitepress/repository-links.ts';
import { publicPackages } from '../packages/public-packages.ts';

// `npm run docs` builds the site; here is what would fail it most often, in seconds.
const renderer = createMarkdownRenderer(join(root, 'docs'), { config: (md) => repositoryLinks(md) });

/** The links of a page, as the site has them. */
async function linksOf(page: string, text: string): Promise<readonly string[]> {
  const html = (await renderer).render(text, { relativePath: page, path: join(root, 'docs', page) });
  return [...html.matchAll(/<a href="([^"]+)"/g)].map(([, href]) => href);
}

const pageOf = (file: string) => (isPage(file) ? file.slice('docs/'.length) : `source/${file}`);
const markdown = [...pagesOf('docs'), ...linkedFiles().filter((path) => path.endsWith('.md'))];

describe('the documentation site', () => {
  it.each(markdown)('%s links to nothing that is not there', async (file) => {
    await linksOf(pageOf(file), readFileSync(join(root, file), 'utf8'));
  });

  it('leads to headings that are there', async () => {
    const pages = new Map<string, string>();
    for (const file of markdown) {
      const relativePath = pageOf(file);
      const html = (await renderer).render(readFileSync(join(root, file), 'utf8'), {
        relativePath,
        path: join(root, 'docs', relativePath),
      });
      pages.set(`/${relativePath.replace(/\.md$/, '')}`, html);
    }
    const links = [...pages].flatMap(([from, html]) =>
      [...html.matchAll(/<a href="(\/[^"#]*|)#([^"]+)"/g)].map(([, to, id]) => ({
        from,
        to: to.replace(/\.html$/, '') || from,
        id,
      })),
    );
    expect(links.length).toBeGreaterThan(0);
    const lost = links.filter(({ to, id }) => !pages.get(to)?.includes(`id="${id}"`));
    expect(lost).toEqual([]);
  });

  it('refuses a link to nothing', async () => {
    await expect(linksOf('guides/sdk.md', '[gone](../gone.md)')).rejects.toThrow(
      'docs/guides/sdk.md links to ../gone.md, which is not there.',
    );
    await expect(linksOf('source/packages/sdk/README.md', '![gone](gone.png)')).rejects.toThrow(/gone\.png/);
  });

  it('leads from a page to a source, and from a source back', async () => {
    expect(await linksOf('guides/sdk.md', '[port](../../packages/sdk/src/host-adapter.ts)')).toEqual([
      addressOfFile('packages/sdk/src/host-adapter.ts'),
    ]);
    expect(
      await linksOf('source/packages/sdk/README.md', '[guide](../../docs/guides/sdk.md#models)'),
    ).toEqual(['/guides/sdk.html#models']);
    expect(fileOfPage('source/packages/sdk/README.md')).toBe('packages/sdk/README.md');
  });

  it('begins with the first example, letter by letter', () => {
    const example = readFileSync(join(root, 'packages/sdk/examples/01-picture-in-node/index.mjs'), 'utf8');
    expect(readFileSync(join(root, 'docs/getting-started.md'), 'utf8')).toContain(
      `\`\`\`js\n${example}\`\`\``,
    );
  });
});

describe('the API reference', () => {
  beforeAll(() => {
    const typedoc = join(root, 'docs/node_modules/typedoc/bin/typedoc');
    const args = [typedoc, '--options', join(root, 'docs/typedoc.json')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    // A {@link} to nothing is a warning, and warnings are errors here.
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  }, 900_000);

  const page = (entry: string) => readFileSync(join(root, 'docs/api/reference', `${entry}.md`), 'utf8');

  it('has a page for every entry of the packages that others build on', () => {
    const doors = publicPackages()
      .filter(({ name }) => ['core', 'sdk', 'server', 'studio'].some((one) => name === `@stable-pose/${one}`))
      .flatMap(({ name, manifest }) =>
        Object.entries(manifest.exports ?? {}).flatMap(([door, target]) =>
          typeof target !== 'string' && target.types !== undefined ? [`${name}${door.slice(1)}`] : [],
        ),
      )
      // Doors that show a part of what the main one shows.
      .filter((entry) => !/core\/(contract|pose|mask|tensor|errors)$/.test(entry));
    expect(doors.length).toBeGreaterThan(8);
    for (const entry of doors) expect(page(entry)).toContain(`# ${entry}`);
  });

  it('says what the docstrings say, in their words', () => {
    expect(page('@stable-pose/sdk')).toContain('Whatever makes pictures: this process, a page');
    expect(page('@stable-pose/sdk/node')).toContain('The engine in this very program, on onnxruntime-node.');
  });

  it('leads to headings that are there', async () => {
    const lost: string[] = [];
    for (const file of pagesOf('docs/api/reference')) {
      const relativePath = file.slice('docs/'.length);
      const html = (await renderer).render(readFileSync(join(root, file), 'utf8'), {
        relativePath,
        path: join(root, file),
      });
      const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      for (const [, id] of html.matchAll(/<a href="#([^"]+)"/g)) if (!ids.has(id)) lost.push(`${file}#${id}`);
    }
    expect(lost).toEqual([]);
  }, 300_000);
});
