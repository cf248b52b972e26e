import {
  addToSelection,
  angleOf,
  type Bounds,
  centreOf,
  changeKeypoints,
  dragKeypoint,
  dragPartPoint,
  type EditorDocument,
  findPerson,
  isSelected,
  type KeypointSelection,
  nearestTurn,
  type PartName,
  type Person,
  type Point,
  partOf,
  personBounds,
  pivotOf,
  scalePerson,
  selectInside,
  toggleKeypoint,
  turnLimb,
  turnPerson,
  uncertainBelow,
  withPerson,
} from '../editor/index.ts';
import { type Editing, movedBy } from '../state/editing.ts';
import type { Studio } from '../state/studio.ts';

/** What a pointer does from pressing to letting go. Each step is reckoned from the beginning, so that nothing drifts. */
export interface Gesture {
  /** @param at picture pixels */
  move(at: Point, keys: GestureKeys): void;
  /** @param hasMoved more than a click */
  end(hasMoved: boolean): void;
}

export interface GestureKeys {
  /** Limbs stretch; turns go freely. */
  readonly alt: boolean;
  /** Adds to the selection; turns go in steps, moves straight. */
  readonly shift: boolean;
}

/** What lies under a pointer. */
export type Target =
  | { readonly kind: 'keypoint'; readonly person: string; readonly index: number }
  | { readonly kind: 'limb'; readonly person: string; readonly from: number; readonly to: number }
  | { readonly kind: 'part'; readonly person: string; readonly part: PartName; readonly index: number }
  | { readonly kind: 'handle'; readonly handle: string }
  | { readonly kind: 'ground' };

/** Fifteen degrees. */
const turnStep = Math.PI / 12;

export function beginGesture(
  editing: Editing,
  target: Target,
  start: Point,
  keys: GestureKeys,
  showMarquee: (area: Bounds | undefined) => void,
): Gesture {
  const document = editing.document.peek();
  switch (target.kind) {
    case 'keypoint':
      return keypointGesture(editing, document, target.person, target.index, start, keys);
    case 'limb':
      return limbGesture(editing, document, target, start, keys);
    case 'part':
      return partGesture(editing, document, target, start);
    case 'handle':
      return handleGesture(editing, document, target.handle, start);
    case 'ground':
      return marqueeGesture(editing, document, start, keys, showMarquee);
    default:
      throw new TypeError(`Nothing such as ${target satisfies never}.`);
  }
}

function keypointGesture(
  editing: Editing,
  document: EditorDocument,
  id: string,
  index: number,
  start: Point,
  keys: GestureKeys,
): Gesture {
  const person = findPerson(document, id);
  if (!person) return nothing;
  const before = editing.selection.peek();
  const wasSelected = isSelected(before, id, index);
  const count = [...before.values()].reduce((sum, indexes) => sum + indexes.size, 0);
  editing.activeId.value = id;
  if (keys.shift) editing.selection.value = toggleKeypoint(before, id, index);
  else if (!wasSelected) editing.selectKeypoint(id, index);
  // A person who is selected as a whole is still posed by the joints; limbs and the box move them.
  const isOnePerson = before.size === 1 && count === person.keypoints.length;
  const movesAll = wasSelected && count > 1 && !isOnePerson && !keys.shift;
  const { x, y } = person.keypoints[index];
  return {
    move: (at, { alt, shift }) => {
      const [dx, dy] = straight(at.x - start.x, at.y - start.y, shift);
      if (movesAll) editing.preview(moveSelected(document, before, dx, dy));
      else {
        const moved = dragKeypoint(person, index, { x: x + dx, y: y + dy }, { stretches: alt });
        editing.preview(withPerson(document, placed(moved, index)));
      }
    },
    end: (hasMoved) => {
      if (!hasMoved && (movesAll || isOnePerson)) editing.selectKeypoint(id, index);
      editing.finish();
    },
  };
}

/** A point of a hand or a face. */
function partGesture(
  editing: Editing,
  document: EditorDocument,
  { person: id, part, index }: { readonly person: string; readonly part: PartName; readonly index: number },
  start: Point,
): Gesture {
  const person = findPerson(document, id);
  const point = person && partOf(person, part)?.[index];
  if (!person || !point) return nothing;
  const [x, y] = point;
  return {
    move: (at, { alt }) => {
      const to = { x: x + at.x - start.x, y: y + at.y - start.y };
      editing.preview(withPerson(document, dragPartPoint(person, part, index, to, { stretches: alt })));
    },
    end: () => editing.finish(),
  };
}

/** What was uncertain is so no more where a hand has put it. */
function placed(person: Person, index: number): Person {
  return changeKeypoints(person, new Set([index]), (keypoint) =>
    keypoint.confidence < uncertainBelow ? { ...keypoint, confidence: 1 } : keypoint,
  );
}

function limbGesture(
  editing: Editing,
  document: EditorDocument,
  target: { readonly person: string; readonly from: number; readonly to: number },
  start: Point,
  keys: GestureKeys,
): Gesture {
  const person = findPerson(document, target.person);
  if (!person) return nothing;
  const before = editing.selection.peek();
  const isWhole = before.get(person.id)?.size === person.keypoints.length;
  const pivot = pivotOf(person, target.from, target.to);
  const from = angleOf(pivot, start);
  editing.activeId.value = person.id;
  return {
    move: (at, { shift }) => {
      if (isWhole) {
        const [dx, dy] = straight(at.x - start.x, at.y - start.y, shift);
        editing.preview(moveSelected(document, before, dx, dy));
        return;
      }
      const turn = nearestTurn(angleOf(pivot, at) - from);
      const radians = shift ? Math.round(turn / turnStep) * turnStep : turn;
      editing.preview(withPerson(document, turnLimb(person, target.from, target.to, radians)));
    },
    end: (hasMoved) => {
      editing.finish();
      if (hasMoved) return;
      const whole = new Map([[person.id, new Set(person.keypoints.map((_, i) => i))]]);
      editing.selection.value = keys.shift ? addToSelection(before, whole) : whole;
    },
  };
}

/** The box round whole people: `move`, `turn`, and its corners `nw`, `ne`, `se`, `sw`. */
function handleGesture(editing: Editing, document: EditorDocument, handle: string, start: Point): Gesture {
  const ids = editing.selectedIds();
  const people = document.people.filter(({ id }) => ids.includes(id));
  const bounds = personBounds(people);
  if (!bounds) return nothing;
  const show = (change: (person: Person) => Person) =>
    editing.preview({
      ...document,
      people: document.people.map((person) => (ids.includes(person.id) ? change(person) : person)),
    });
  const end = () => editing.finish();
  const centre = centreOf(bounds);
  if (handle === 'move') {
    const selection = new Map(people.map(({ id }) => [id, new Set(Array.from({ length: 17 }, (_, i) => i))]));
    return {
      end,
      move: (at, { shift }) => {
        const [dx, dy] = straight(at.x - start.x, at.y - start.y, shift);
        editing.preview(moveSelected(document, selection, dx, dy));
      },
    };
  }
  if (handle === 'turn') {
    const from = angleOf(centre, start);
    return {
      end,
      move: (at, { shift }) => {
        const turn = nearestTurn(angleOf(centre, at) - from);
        const radians = shift ? Math.round(turn / turnStep) * turnStep : turn;
        show((person) => turnPerson(person, centre, radians));
      },
    };
  }
  const corner = {
    x: handle.includes('w') ? bounds.left : bounds.right,
    y: handle.includes('n') ? bounds.top : bounds.bottom,
  };
  const fixed = { x: bounds.left + bounds.right - corner.x, y: bounds.top + bounds.bottom - corner.y };
  return {
    end,
    move: (at, { alt }) => {
      const about = alt ? centre : fixed;
      const [ax, ay] = [corner.x - about.x, corner.y - about.y];
      const [bx, by] = [corner.x + at.x - start.x - about.x, corner.y + at.y - start.y - about.y];
      // The way along the diagonal: proportions stay.
      const factor = Math.max(0.05, (ax * bx + ay * by) / Math.max(1e-9, ax * ax + ay * ay));
      show((person) => scalePerson(person, about, factor));
    },
  };
}

function marqueeGesture(
  editing: Editing,
  document: EditorDocument,
  start: Point,
  keys: GestureKeys,
  show: (area: Bounds | undefined) => void,
): Gesture {
  const before = editing.selection.peek();
  return {
    move: (at) => {
      const area = boundsOf(start, at);
      show(area);
      const inside = selectInside(document, area);
      editing.selection.value = keys.shift ? addToSelection(before, inside) : inside;
    },
    end: (hasMoved) => {
      show(undefined);
      if (!hasMoved && !keys.shift) editing.clearSelection();
    },
  };
}

/** A box round a person in the picture behind; a click draws none. */
export function boxGesture(studio: Studio, start: Point, show: (area: Bounds | undefined) => void): Gesture {
  let area: Bounds | undefined;
  return {
    move: (at) => {
      area = boundsOf(start, at);
      show(area);
    },
    end: (hasMoved) => {
      show(undefined);
      if (hasMoved && area) void studio.findInBox(area);
    },
  };
}

function boundsOf(a: Point, b: Point): Bounds {
  return {
    left: Math.min(a.x, b.x),
    top: Math.min(a.y, b.y),
    right: Math.max(a.x, b.x),
    bottom: Math.max(a.y, b.y),
  };
}

const nothing: Gesture = { move: () => {}, end: () => {} };

function moveSelected(
  document: EditorDocument,
  selection: KeypointSelection,
  dx: number,
  dy: number,
): EditorDocument {
  return { ...document, people: document.people.map((person) => movedBy(person, selection, dx, dy)) };
}

/** Along the nearer axis only, when asked. */
function straight(dx: number, dy: number, isStraight: boolean): readonly [number, number] {
  if (!isStraight) return [dx, dy];
  return Math.abs(dx) > Math.abs(dy) ? [dx, 0] : [0, dy];
}
