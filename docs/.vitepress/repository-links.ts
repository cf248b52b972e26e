import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { addressOfFile, fileOfPage, isPage, linkedFiles, targetOfLink } from './repository.ts';

/**
 * Pages link to each other and to sources by the paths of the repository, so that they read well there too. Here a link to a
 * page of docs stays or becomes one of the site, a link to anything else leads to the page that shows that file.
 * @throws for a link to nothing, which fails the build
 */
export function repositoryLinks(md: MarkdownRenderer): void {
  const linked = new Set(linkedFiles());
  md.core.ruler.push('repository-links', ({ tokens, env }) => {
    const from = fileOfPage(String(env.relativePath));
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const attribute = { link_open: 'href', image: 'src' }[token.type];
      const href = attribute ? (token.attrGet(attribute) ?? '') : '';
      if (attribute === undefined || /^([a-z]+:|#|\/)/.test(href)) continue;
      const target = targetOfLink(from, href);
      if (target === undefined) throw new Error(`${from} links to ${href}, which is not there.`);
      if (token.type === 'image') {
        // A page of a file outside of docs lies elsewhere than the file, and so would its pictures.
        token.attrSet('src', posix.relative(posix.dirname(`docs/${env.relativePath}`), target));
        continue;
      }
      const anchor = /#.*$/.exec(href)?.[0] ?? '';
      if (isPage(target)) token.attrSet('href', `/${target.slice('docs/'.length)}${anchor}`);
      else if (linked.has(target)) token.attrSet('href', `${addressOfFile(target)}${anchor}`);
      else throw new Error(`${from} links to ${href}, which the site does not show.`);
    }
  });
}
