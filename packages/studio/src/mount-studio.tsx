import type { GenerationRequestInput, Size } from '@stable-pose/core';
import { StablePoseError } from '@stable-pose/core';
import type { GenerationEngine } from '@stable-pose/sdk';
import { render } from 'preact';
import { Studio, type StudioOptions } from './state/studio.ts';
import { whenTrue } from './state/when-true.ts';
import { studioCss } from './style/studio-css.ts';
import { StudioApp } from './view/studio-app.tsx';

export interface MountedStudio {
  /**
   * What the panel would make now, and with which engine: for an editor's menu and its macros, which ask for the same without
   * a click on the panel. Poses are in pixels of `size`. Waits while the engine is opening.
   * @throws what opening the engine threw; device-unavailable where none was chosen
   */
  current(): Promise<CurrentRequest>;
  /** Cancels what is under way, keeps what can be kept, and empties the element. Host and engine stay with their makers. */
  unmount(): Promise<void>;
}

export interface CurrentRequest {
  readonly engine: GenerationEngine;
  readonly request: GenerationRequestInput;
  readonly size: Size;
}

/**
 * Mounts the panel into an element, which it fills: give the element a height. It lives in a shadow root, so that neither
 * page's styles touch the other's. At least 280 pixels wide; it lays itself out anew with every width.
 *
 * @param options.engine may still be on its way; people pose meanwhile
 */
export function mountStudio(element: HTMLElement, options: StudioOptions): MountedStudio {
  const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
  const style = document.createElement('style');
  style.textContent = studioCss;
  const place = document.createElement('div');
  place.className = 'studio-place';
  root.replaceChildren(style, place);
  const studio = new Studio(options);
  render(<StudioApp studio={studio} />, place);
  return {
    current: () => currentOf(studio),
    unmount: async () => {
      render(null, place);
      root.replaceChildren();
      await studio.close();
    },
  };
}

async function currentOf(studio: Studio): Promise<CurrentRequest> {
  await whenTrue(() => studio.isStarted.value && studio.engineState.value.kind !== 'opening');
  const state = studio.engineState.peek();
  if (state.kind === 'failed') throw state.error;
  if (state.kind !== 'ready') {
    throw new StablePoseError('device-unavailable', 'Nothing that makes pictures is chosen in the panel.', {
      remedy: 'Choose a server in the panel.',
    });
  }
  const { engine, description } = state;
  const { size } = studio.editing.document.peek();
  return { engine, request: studio.requestFor(description), size };
}
