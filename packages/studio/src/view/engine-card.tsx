import { Cpu } from 'lucide-preact';
import { useStudio } from './studio-context.ts';

/** Where pictures are made, and what would make it faster, in plain words. */
export function EngineCard() {
  const studio = useStudio();
  const text = studio.text.value;
  const state = studio.engineState.value;
  const model = studio.model.value;
  return (
    <section class="card engine" aria-label={text.engine}>
      <Cpu size={16} aria-hidden="true" />
      {state.kind === 'opening' && <p>{text.engineOpening}</p>}
      {state.kind === 'failed' && (
        <p class="trouble">
          {text.engineFailed} {state.error.message}
        </p>
      )}
      {state.kind === 'ready' && (
        <div>
          <p>
            <strong>{state.description.name}</strong> <span class="dim">{state.description.device}</span>
          </p>
          {model && (
            <p class="dim">
              {model.config.name}, {model.config.licence}
            </p>
          )}
          <p class="dim">{state.description.place === 'this-device' ? text.staysHere : text.goesElsewhere}</p>
          {state.description.advice.length > 0 && (
            <details class="more">
              <summary>{text.advice}</summary>
              <ul class="dim">
                {state.description.advice.map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </details>
          )}
        </div>
      )}
    </section>
  );
}
