import type { InsideFiles } from './inside-files.ts';

/** Runs a script that the page carries packed, as a script of the page: null origins load no files. */
export async function runInsideScript(files: InsideFiles, name: string): Promise<void> {
  const script = document.createElement('script');
  script.textContent = await (await files.read(name)).text();
  document.head.append(script);
}
