import type { ParameterInputEvent } from './figma.ts';

const mostSuggestions = 30;

/** What Figma's quick-action box offers while people type: poses of the library, and sides. */
export function suggestParameters(
  { key, query, result }: ParameterInputEvent,
  { names, views }: { readonly names: readonly string[]; readonly views: readonly string[] },
): void {
  const all = key === 'view' ? views : names;
  const words = query
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && word !== 'view');
  const found = all.filter((name) => words.every((word) => name.indexOf(word) >= 0));
  // What begins with it comes first.
  const first = words[0] ?? '';
  const rank = (name: string) => (name.indexOf(first) === 0 ? 0 : 1);
  result.setSuggestions(
    Array.from(found)
      .sort((a, b) => rank(a) - rank(b))
      .slice(0, mostSuggestions),
  );
}
