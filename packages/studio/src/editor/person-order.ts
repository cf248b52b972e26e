import type { EditorDocument } from './editor-document.ts';

/** Where a person goes among the others: later in the list is nearer to us. */
export type OrderStep = 'front' | 'forward' | 'backward' | 'back';

export function reorder(document: EditorDocument, id: string, step: OrderStep): EditorDocument {
  const { people } = document;
  const from = people.findIndex((person) => person.id === id);
  if (from < 0) return document;
  const last = people.length - 1;
  const to = { front: last, forward: Math.min(last, from + 1), backward: Math.max(0, from - 1), back: 0 }[
    step
  ];
  if (to === from) return document;
  const others = people.filter((person) => person.id !== id);
  return { ...document, people: [...others.slice(0, to), people[from], ...others.slice(to)] };
}
