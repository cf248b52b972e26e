import type { CommandOptions } from '../bridge/panel-commands.ts';

/** A line above the studio that shows a command of a menu or an Action at work, with a way to end it. */
export interface CommandStrip {
  /** @param work gets the caller's signal and the strip's together */
  show(options: CommandOptions, work: (options: CommandOptions) => Promise<void>): Promise<void>;
}

/** @param place hidden until something is shown; holds a `progress`, an `output` and a `button` */
export function commandStrip(place: HTMLElement): CommandStrip {
  const bar = place.querySelector('progress') as HTMLProgressElement;
  const words = place.querySelector('output') as HTMLOutputElement;
  const button = place.querySelector('button') as HTMLButtonElement;
  button.textContent = navigator.language.startsWith('de') ? 'Abbrechen' : 'Cancel';
  return {
    show: async ({ signal, onProgress }, work) => {
      const abort = new AbortController();
      const cancel = () => abort.abort();
      signal?.addEventListener('abort', cancel, { once: true });
      button.onclick = cancel;
      bar.removeAttribute('value');
      words.textContent = '';
      place.hidden = false;
      try {
        await work({
          signal: abort.signal,
          onProgress: (share, said) => {
            bar.value = share;
            words.textContent = said;
            onProgress?.(share, said);
          },
        });
      } finally {
        signal?.removeEventListener('abort', cancel);
        place.hidden = true;
      }
    },
  };
}
