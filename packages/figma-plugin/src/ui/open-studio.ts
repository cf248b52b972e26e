import { insideFiles } from './inside-files.ts';
import { runInsideScript } from './run-inside-script.ts';

// The page's own script: unpacks the panel, which stands before it.
runInsideScript(insideFiles(document), 'studio.js').catch((error: unknown) => {
  document.body.textContent = error instanceof Error ? error.message : String(error);
});
