import { english } from './english.ts';
import { german } from './german.ts';
import type { StudioText } from './studio-text.ts';

/** Every language that the panel speaks. A new one is one file and one line here. */
export const languages: Readonly<Record<Language, StudioText>> = { en: english, de: german };
export type Language = 'en' | 'de';

/** The language that is asked for, or the browser's, or English. */
export function languageOf(asked: string | undefined): Language {
  const wanted = asked ?? globalThis.navigator?.language ?? 'en';
  return wanted.toLowerCase().startsWith('de') ? 'de' : 'en';
}
