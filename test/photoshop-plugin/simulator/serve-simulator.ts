import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundleModules, repositoryRoot } from '../../support/bundle-page.ts';
import { type FileServer, type ServedFile, serveFiles } from '../../support/serve-files.ts';

/** The simulator's page with a plug-in as it was built. @param folder has a manifest.json */
export async function serveSimulator(folder: string): Promise<FileServer> {
  const own = join(repositoryRoot, 'test/photoshop-plugin/simulator');
  const text = (name: string, type: string) => ({ text: readFileSync(join(own, name), 'utf8'), type });
  const files: Record<string, ServedFile> = {
    '/': text('simulator.html', 'text/html; charset=utf-8'),
    '/simulator-page.css': text('simulator-page.css', 'text/css'),
    ...(await bundleModules({ page: join(own, 'page.ts') })),
  };
  for (const file of filesOf(folder)) files[`/plugin/${relative(folder, file).replaceAll('\\', '/')}`] = file;
  return serveFiles(files);
}

function* filesOf(place: string): Generator<string> {
  for (const name of readdirSync(place)) {
    const path = join(place, name);
    if (statSync(path).isDirectory()) yield* filesOf(path);
    else yield path;
  }
}
