import { render } from 'preact';
import { Studio, type StudioOptions } from './state/studio.ts';
import { studioCss } from './style/studio-css.ts';
import { StudioApp } from './view/studio-app.tsx';

export interface MountedStudio {
  /** Cancels what is under way, keeps what can be kept, and empties the element. Host and engine stay with their makers. */
  unmount(): Promise<void>;
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
    unmount: async () => {
      render(null, place);
      root.replaceChildren();
      await studio.close();
    },
  };
}
