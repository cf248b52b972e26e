import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { isFolder, linkedFiles, namesIn, root } from '../.vitepress/repository.ts';

/** A page for every file outside of docs that a page links to: Markdown as it reads, anything else as its text, a folder as its names. */
export default {
  paths: () =>
    linkedFiles().map((path) => {
      if (isFolder(path)) {
        const names = namesIn(path).map((name) => `- \`${name}\``);
        return { params: { path }, content: `# ${path}/\n\n${names.join('\n')}\n` };
      }
      const text = readFileSync(join(root, path), 'utf8');
      if (path.endsWith('.md')) return { params: { path: path.replace(/\.md$/, '') }, content: text };
      const language = extname(path).replace(/^\.m?/, '') || 'text';
      return {
        params: { path },
        content: `# ${path}\n\n${'`'.repeat(8)}${language}\n${text}\n${'`'.repeat(8)}\n`,
      };
    }),
};
