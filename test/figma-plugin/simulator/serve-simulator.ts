import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleModules, repositoryRoot } from '../../support/bundle-page.ts';
import { type FileServer, type ServedFile, serveFiles } from '../../support/serve-files.ts';

/** The simulator's page, with plug-ins as they were built. @param plugins folders by the path that they are served at */
export async function serveSimulator(plugins: Readonly<Record<string, string>>): Promise<FileServer> {
  const own = join(repositoryRoot, 'test/figma-plugin/simulator');
  const read = (name: string) => readFileSync(join(own, name), 'utf8');
  const html = read('simulator.html').replace('/* the style */', () => read('simulator-page.css'));
  const files: Record<string, ServedFile> = {
    ...(await bundleModules({ page: 'test/figma-plugin/simulator/page.ts' })),
    '/': { text: html, type: 'text/html; charset=utf-8' },
  };
  for (const [path, folder] of Object.entries(plugins)) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      files[`${path}${name.replaceAll('\\', '/')}`] = join(folder, name);
  }
  return serveFiles(files);
}
