import { useSignal } from '@preact/signals';
import { Cpu, Laptop, RotateCw, Server } from 'lucide-preact';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { DiagnosticsRow } from './diagnostics-row.tsx';
import { EngineWords } from './engine-words.tsx';
import { ErrorWords } from './error-words.tsx';
import { useStudio } from './studio-context.ts';

const icons = { own: Cpu, server: Laptop, remote: Server } as const;

/** Where pictures are made, in a line or two; the rest, and the choice, opens below. */
export function EngineCard() {
  const studio = useStudio();
  const { engines } = studio;
  const text = studio.text.value;
  const state = studio.engineState.value;
  const model = studio.model.value;
  const way = engines.way.value;
  const isOpen = studio.isChoosingEngine.value;
  const Icon = icons[way];
  const words = text.engines;
  const advisesServer = way === 'own' && state.kind === 'ready' && state.description.isFasterAtServer;
  return (
    <section class="card engine" aria-label={text.engine}>
      <div class="engine-head">
        <Icon size={17} aria-hidden="true" />
        <div>
          {state.kind === 'opening' && <p>{text.engineOpening}</p>}
          {state.kind === 'missing' && <p>{words.missing}</p>}
          {state.kind === 'failed' && (
            <p class="trouble" role="alert">
              {text.engineFailed} <ErrorWords error={state.error} />
            </p>
          )}
          {state.kind === 'ready' && (
            <>
              <p>
                <strong>{words.nameOf(way, state.description.name)}</strong>{' '}
                <span class="dim">
                  <EngineWords words={state.description.device} />
                </span>
              </p>
              {model && (
                <p class="dim">
                  {model.config.name}, {model.config.licence}
                </p>
              )}
              <p class="dim">
                {state.description.place === 'this-device' ? text.staysHere : text.goesElsewhere}
              </p>
            </>
          )}
        </div>
        <button
          type="button"
          class="button quiet"
          aria-expanded={isOpen}
          onClick={() => {
            if (isOpen) studio.isChoosingEngine.value = false;
            else studio.chooseEngine();
          }}
        >
          {isOpen ? words.close : words.change}
        </button>
      </div>
      {state.kind === 'failed' && (
        <button type="button" class="button" onClick={() => void engines.open()}>
          <RotateCw size={15} aria-hidden="true" />
          {words.tryAgain}
        </button>
      )}
      {advisesServer && !isOpen && (
        <p class="engine-advice">
          {words.serverAdvised}{' '}
          <button type="button" class="link" onClick={() => studio.chooseEngine('server')}>
            {words.useServer}
          </button>
        </p>
      )}
      {isOpen && <Chooser />}
      {(isOpen || state.kind === 'failed') && (
        <DiagnosticsRow error={state.kind === 'failed' ? state.error : undefined} />
      )}
    </section>
  );
}

/** Fetched when it is first asked for. */
function Chooser() {
  const studio = useStudio();
  const loaded = useSignal<{ readonly view: ComponentType } | undefined>(undefined);
  useEffect(() => {
    import('../engine-view/engine-chooser.tsx').then(
      ({ EngineChooser }) => {
        loaded.value = { view: EngineChooser };
      },
      (cause: unknown) => studio.reportNotLoaded(cause),
    );
  }, [loaded, studio]);
  const View = loaded.value?.view;
  return View ? <View /> : <p class="dim">{studio.text.value.engineOpening}</p>;
}
