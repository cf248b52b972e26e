import { render } from 'preact';
import type { DocumentActions, Offer } from './document-actions.ts';

const css = `
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding: 8px 12px; box-sizing: border-box;
  background: var(--figma-color-bg-secondary, #f5f5f5); color: var(--figma-color-text, #1e1e1e);
  border-bottom: 1px solid var(--figma-color-border, #e6e6e6); font: 12px/1.4 Inter, system-ui, sans-serif; }
.bar:empty { display: none; }
.bar button { font: inherit; font-weight: 500; color: inherit; background: var(--figma-color-bg, #fff); cursor: pointer;
  border: 1px solid var(--figma-color-border, #e6e6e6); border-radius: 6px; height: 28px; padding: 0 10px; }
.bar button:hover { border-color: currentColor; }
.bar button:focus-visible { outline: 2px solid var(--figma-color-bg-brand, #0d99ff); outline-offset: 1px; }
.bar button.first { background: var(--figma-color-bg-brand, #0d99ff); border-color: transparent;
  color: var(--figma-color-text-onbrand, #fff); }
.bar p { margin: 0; flex: 1 1 180px; min-width: 0; overflow-wrap: anywhere; }
.bar progress { flex: 1 1 100%; height: 4px; accent-color: var(--figma-color-bg-brand, #0d99ff); }
`;

/** A row above the panel that is there only when what is selected in the file offers something. */
export function mountSelectionBar(place: HTMLElement, actions: DocumentActions): void {
  const style = document.createElement('style');
  style.textContent = css;
  document.head.append(style);
  render(<SelectionBar actions={actions} />, place);
}

function SelectionBar({ actions }: { readonly actions: DocumentActions }) {
  const { text } = actions;
  const state = actions.state.value;
  const offers = actions.offers.value;
  if (state.kind === 'working') {
    // What takes no time has no words.
    if (state.words === '') return <div class="bar" />;
    return (
      <section class="bar" aria-label={text.label}>
        <p aria-live="polite">{state.words}</p>
        <button type="button" onClick={() => actions.cancel()}>
          {text.cancel}
        </button>
        {state.share !== undefined && <progress max={1} value={state.share} aria-label={state.words} />}
      </section>
    );
  }
  if (state.kind === 'failed') {
    return (
      <section class="bar" aria-label={text.label}>
        <p role="alert">{state.words}</p>
        <button type="button" onClick={() => actions.close()}>
          {text.close}
        </button>
      </section>
    );
  }
  if (offers.length === 0) return <div class="bar" />;
  return (
    <section class="bar" aria-label={text.label}>
      {offers.map((offer, i) => (
        <button
          key={offer.kind}
          type="button"
          class={i === 0 ? 'first' : ''}
          title={hintOf(actions, offer)}
          onClick={() => void act(actions, offer)}
        >
          {wordsOf(actions, offer)}
        </button>
      ))}
    </section>
  );
}

function wordsOf({ text }: DocumentActions, offer: Offer): string {
  if (offer.kind === 'former') return text.former(offer.count);
  if (offer.kind === 'restore') return text.restore(offer.count);
  return text[offer.kind];
}

function hintOf({ text }: DocumentActions, { kind }: Offer): string | undefined {
  if (kind === 'restore') return undefined;
  return text[`${kind}Hint`];
}

function act(actions: DocumentActions, { kind }: Offer): Promise<void> {
  if (kind === 'again') return actions.again();
  if (kind === 'former') return actions.bringBackFormer();
  if (kind === 'restore') return actions.restore();
  if (kind === 'skeleton') return actions.bringBackSkeleton();
  return actions.findPeople();
}
