import type { EditorDocument } from './editor-document.ts';

/** Which keypoints are selected, by person. A person without any is not in it. */
export type KeypointSelection = ReadonlyMap<string, ReadonlySet<number>>;

export const nothingSelected: KeypointSelection = new Map();
const all: ReadonlySet<number> = new Set(Array.from({ length: 17 }, (_, i) => i));

export function selectPeople(ids: readonly string[]): KeypointSelection {
  return new Map(ids.map((id) => [id, all]));
}

export function selectKeypoint(id: string, index: number): KeypointSelection {
  return new Map([[id, new Set([index])]]);
}

export function isSelected(selection: KeypointSelection, id: string, index: number): boolean {
  return selection.get(id)?.has(index) ?? false;
}

/** With a keypoint in it when it was not, and without when it was. */
export function toggleKeypoint(selection: KeypointSelection, id: string, index: number): KeypointSelection {
  const mine = new Set(selection.get(id));
  if (!mine.delete(index)) mine.add(index);
  const result = new Map(selection);
  if (mine.size === 0) result.delete(id);
  else result.set(id, mine);
  return result;
}

export function addToSelection(selection: KeypointSelection, more: KeypointSelection): KeypointSelection {
  const result = new Map(selection);
  for (const [id, indexes] of more) result.set(id, new Set([...(result.get(id) ?? []), ...indexes]));
  return result;
}

/** What a marquee holds: every keypoint in it that is not deleted. */
export function selectInside(
  document: EditorDocument,
  area: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
): KeypointSelection {
  const result = new Map<string, ReadonlySet<number>>();
  for (const { id, keypoints } of document.people) {
    const inside = keypoints.flatMap(({ x, y, state }, i) =>
      state !== 'deleted' && x >= area.left && x <= area.right && y >= area.top && y <= area.bottom
        ? [i]
        : [],
    );
    if (inside.length > 0) result.set(id, new Set(inside));
  }
  return result;
}

/** Without people who are no longer there. */
export function keepExisting(selection: KeypointSelection, document: EditorDocument): KeypointSelection {
  const ids = new Set(document.people.map(({ id }) => id));
  if ([...selection.keys()].every((id) => ids.has(id))) return selection;
  return new Map([...selection].filter(([id]) => ids.has(id)));
}
