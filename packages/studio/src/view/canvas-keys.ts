import type { Studio } from '../state/studio.ts';

export interface ViewKeys {
  readonly zoomBy: (factor: number) => void;
  readonly fit: () => void;
  readonly focusKeypoint: (person: string, index: number) => void;
}

/** What a key does on the canvas. @returns whether it did something */
export function pressKey(event: KeyboardEvent, studio: Studio, view: ViewKeys): boolean {
  const { editing } = studio;
  const command = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (command) return pressCommand(key, event.shiftKey, studio);
  const far = event.shiftKey ? 10 : 1;
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-far, 0],
    ArrowRight: [far, 0],
    ArrowUp: [0, -far],
    ArrowDown: [0, far],
  };
  if (steps[key]) {
    if (editing.selection.peek().size === 0) return false;
    editing.nudge(...steps[key]);
    return true;
  }
  const actions: Readonly<Record<string, () => void>> = {
    Delete: () => deleteSelected(studio),
    Backspace: () => deleteSelected(studio),
    Escape: () => editing.clearSelection(),
    PageUp: () => editing.reorder('forward'),
    PageDown: () => editing.reorder('backward'),
    '.': () => walk(studio, 1, view),
    ',': () => walk(studio, -1, view),
    h: () => editing.toggleHidden(),
    l: () => editing.toggleLocked(),
    m: () => editing.mirror(),
    x: () => editing.swapSides(),
    r: () => editing.restore(),
    b: () => editing.selectLimb(),
    0: () => view.fit(),
    3: () => {
      studio.isInSpace.value = !studio.isInSpace.peek();
    },
    '+': () => view.zoomBy(1.25),
    '=': () => view.zoomBy(1.25),
    '-': () => view.zoomBy(0.8),
    '[': () => editing.turn(-5),
    ']': () => editing.turn(5),
    '{': () => editing.scale(1 / 1.05),
    '}': () => editing.scale(1.05),
  };
  const isReset = key === 'Backspace' && event.shiftKey;
  if (isReset) editing.resetLimbs();
  else if (actions[key]) actions[key]();
  else if (key === 'Enter' || key === ' ') return pressTarget(event, studio);
  else return false;
  return true;
}

function pressCommand(key: string, shift: boolean, { editing }: Studio): boolean {
  switch (key) {
    case 'z':
      if (shift) editing.redo();
      else editing.undo();
      return true;
    case 'y':
      editing.redo();
      return true;
    case 'a':
      editing.selectAll();
      return true;
    case 'd':
      editing.duplicate();
      return true;
    default:
      return false;
  }
}

/** A whole person goes; single joints are deleted, and can be restored. */
export function deleteSelected({ editing }: Studio): void {
  const selection = editing.selection.peek();
  const whole = [...selection].filter(([, indexes]) => indexes.size === 17).map(([id]) => id);
  if (whole.length > 0) editing.removePeople(whole);
  else editing.setState('deleted');
}

/** Enter and space on a joint that has the focus: as a click. */
function pressTarget(event: KeyboardEvent, { editing }: Studio): boolean {
  const target = (event.target as Element | null)?.closest<SVGElement>('[data-keypoint]');
  const { person, keypoint } = target?.dataset ?? {};
  if (person === undefined || keypoint === undefined) return false;
  editing.selectKeypoint(person, Number(keypoint));
  return true;
}

/** To the next joint of the person, round and round. */
function walk({ editing }: Studio, by: 1 | -1, view: ViewKeys): void {
  const person = editing.active.peek();
  if (!person) return;
  const selected = [...(editing.selection.peek().get(person.id) ?? [])];
  const from = selected.length === 1 ? selected[0] : by === 1 ? -1 : 0;
  for (let step = 1; step <= 17; step++) {
    const index = (from + by * step + 17 * 2) % 17;
    if (person.keypoints[index].state === 'deleted') continue;
    editing.selectKeypoint(person.id, index);
    view.focusKeypoint(person.id, index);
    return;
  }
}
