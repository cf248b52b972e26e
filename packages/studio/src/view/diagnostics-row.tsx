import type { StablePoseError } from '@stable-pose/core';
import { Copy } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { useStudio } from './studio-context.ts';

/** What a report of a fault needs, on the clipboard; prompts only where that is ticked. */
export function DiagnosticsRow({ error }: { readonly error: StablePoseError | undefined }) {
  const studio = useStudio();
  const text = studio.text.value;
  const [withPrompt, setWithPrompt] = useState(false);
  return (
    <div class="diagnostics">
      <button
        type="button"
        class="button quiet"
        onClick={() => void studio.copy(studio.diagnostics(error, withPrompt))}
      >
        <Copy size={14} aria-hidden="true" />
        {text.copyDiagnostics}
      </button>
      <label class="check">
        <input
          type="checkbox"
          checked={withPrompt}
          onChange={(event) => setWithPrompt(event.currentTarget.checked)}
        />
        {text.withPrompt}
      </label>
    </div>
  );
}
