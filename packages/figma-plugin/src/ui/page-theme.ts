import type { HostTheme } from '@stable-pose/sdk';

/** Where the host learns how Figma looks. */
export interface ThemeSource {
  read(): HostTheme;
  /** @returns stops */
  watch(listener: () => void): () => void;
}

/** Figma's variables for plug-ins (developers.figma.com, CSS variables), by our names. */
const variables = {
  background: '--figma-color-bg',
  raised: '--figma-color-bg-secondary',
  text: '--figma-color-text',
  dimText: '--figma-color-text-secondary',
  border: '--figma-color-border',
  accent: '--figma-color-bg-brand',
  onAccent: '--figma-color-text-onbrand',
} as const;

/** The theme that `themeColors: true` puts on the page: a class on its root, and variables. */
export function pageTheme(root: HTMLElement): ThemeSource {
  return {
    read: () => {
      const style = getComputedStyle(root);
      const colours: Record<string, string> = {};
      for (const [name, variable] of Object.entries(variables)) {
        const value = style.getPropertyValue(variable).trim();
        if (value !== '') colours[name] = value;
      }
      return { appearance: root.classList.contains('figma-dark') ? 'dark' : 'light', colours };
    },
    watch: (listener) => {
      const observer = new MutationObserver(listener);
      observer.observe(root, { attributes: true, attributeFilter: ['class'] });
      return () => observer.disconnect();
    },
  };
}
