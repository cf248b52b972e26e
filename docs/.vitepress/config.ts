import { defineConfig } from 'vitepress';
import { addressOfFile, linkedFiles, pagesOf, titleOf } from './repository.ts';
import { repositoryLinks } from './repository-links.ts';

const item = (path: string, text = titleOf(path)) => ({
  text,
  link: path.startsWith('docs/') ? `/${path.slice('docs/'.length)}` : addressOfFile(path),
});

const guide = (name: string, text?: string) => item(`docs/guides/${name}.md`, text);

/** The documentation site: the Markdown of docs, and what it links to. `npm run docs` builds it into out/docs. */
export default defineConfig({
  title: 'Stable-Pose',
  description: 'A prompt and a drawn skeleton become a picture of people in exactly that pose.',
  lang: 'en',
  // None, said out loud: browsers would ask for one.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // Where the site lies on its server: "/" unless told, with slashes at both ends.
  base: process.env.DOCS_BASE ?? '/',
  outDir: '../out/docs',
  cacheDir: '../out/docs-cache',
  srcExclude: ['**/0000-template.md', 'node_modules/**'],
  // Dead links fail the build; those out of docs do in repositoryLinks. Addresses on one's own machine are examples.
  ignoreDeadLinks: [/^https?:\/\/(localhost|127\.0\.0\.1)/],
  markdown: { config: (md) => repositoryLinks(md) },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Getting started', link: '/getting-started' },
      { text: 'Guides', link: '/guides/', activeMatch: '^/guides/' },
      { text: 'Examples', link: addressOfFile('packages/sdk/examples/README.md') },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: [
      { text: 'Start', items: [item('docs/getting-started.md'), item('packages/sdk/examples/README.md')] },
      {
        text: 'Make pictures',
        items: [
          guide('studio'),
          guide('making-pictures'),
          guide('models'),
          guide('pose-files'),
          item('docs/pose-detection.md'),
          item('docs/person-matte.md'),
          ...['figma', 'photoshop'].flatMap((name) =>
            pagesOf('docs/guides').includes(`docs/guides/${name}.md`) ? [guide(name)] : [],
          ),
        ],
      },
      {
        text: 'Build on it',
        items: [
          guide('sdk'),
          guide('in-the-browser'),
          guide('server'),
          guide('without-node'),
          item('docs/scaling.md'),
          guide('write-a-host-adapter'),
          guide('write-an-engine'),
          guide('when-something-goes-wrong'),
        ],
      },
      {
        text: 'How it works',
        items: [
          item('docs/data-flow.md'),
          item('docs/glossary.md'),
          item('docs/evaluation.md'),
          item('docs/benchmarks.md'),
        ],
      },
      {
        text: 'API',
        collapsed: true,
        items: [
          item('docs/api/index.md'),
          ...reference(),
          { text: 'Reports', collapsed: true, items: reports() },
        ],
      },
      {
        text: 'Packages',
        collapsed: true,
        items: linkedFiles()
          .filter((path) => /^(packages\/[^/]+|models(\/\w+)?)\/README\.md$/.test(path))
          .map((path) => item(path)),
      },
      {
        text: 'Decisions',
        collapsed: true,
        items: [
          item('docs/adr/index.md'),
          ...pagesOf('docs/adr')
            .filter((path) => /\/\d{4}-/.test(path))
            .map((path) => item(path)),
        ],
      },
      {
        text: 'The project',
        collapsed: true,
        items: ['CHANGELOG.md', 'CONTRIBUTING.md', 'test/README.md'].map((path) => item(path)),
      },
    ],
  },
});

/** Made from the docstrings before the site is built; nothing where they were not. */
function reference() {
  return pagesOf('docs/api')
    .filter((path) => path.startsWith('docs/api/reference/@'))
    .map((path) => item(path));
}

/** `sdk-node.api.md` is the report of @stable-pose/sdk/node. */
function reports() {
  return pagesOf('docs/api')
    .filter((path) => path.endsWith('.api.md'))
    .map((path) => item(path, path.replace(/^docs\/api\/(\w+)-?(.*)\.api\.md$/, '$1/$2').replace(/\/$/, '')));
}
