import { progressShare } from '@stable-pose/sdk';
import { Sparkles, X } from 'lucide-preact';
import { useStudio } from './studio-context.ts';

/** The one button that matters, and what is under way. Always in sight. */
export function GenerateBar() {
  const studio = useStudio();
  const text = studio.text.value;
  const jobs = studio.jobs.list.value;
  const state = studio.engineState.value;
  const working = jobs.find((job) => job.state === 'working');
  const waiting = jobs.length - (working ? 1 : 0);
  const progress = working?.progress;
  const share = progress ? progressShare(progress) : 0;
  return (
    <div class="generate-bar">
      {working && (
        <div class="progress-row">
          <div class="progress-words" aria-live="polite">
            <span class="progress-title">{working.title}</span>
            <span class="dim">{progress ? text.progress(progress) : text.beginning}</span>
          </div>
          <progress max={1} value={share} aria-label={text.progressLabel} />
          <button type="button" class="button quiet" onClick={() => studio.jobs.cancel(working.id)}>
            <X size={15} aria-hidden="true" />
            {text.cancel}
          </button>
        </div>
      )}
      {waiting > 0 && (
        <p class="waiting dim">
          {text.waiting(waiting)}{' '}
          <button type="button" class="link" onClick={() => studio.jobs.cancelAll()}>
            {text.cancelAll}
          </button>
        </p>
      )}
      <button
        type="button"
        class="button main"
        disabled={state.kind !== 'ready'}
        onClick={() => studio.generate()}
        title="Ctrl+Enter"
      >
        <Sparkles size={17} aria-hidden="true" />
        {state.kind === 'opening'
          ? text.engineOpening
          : studio.reposedId.value !== undefined
            ? text.redraw
            : working
              ? text.generateAnother
              : text.generate}
      </button>
    </div>
  );
}
