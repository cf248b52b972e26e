import type { Point } from '../editor/index.ts';
import { isSelected, toggleKeypoint } from '../editor/index.ts';
import { type Space, shifted } from '../state/space.ts';
import type { Studio } from '../state/studio.ts';
import type { Gesture, GestureKeys, Target } from '../view/canvas-gestures.ts';

/** Degrees that a drag across the whole picture moves the eye. */
const turnOfPicture = 240;

/** Joints are pulled, bodies moved, and the eye goes round on the ground. */
export function beginSpaceGesture(
  studio: Studio,
  space: Space,
  target: Target,
  start: Point,
  keys: GestureKeys,
): Gesture {
  const { editing } = studio;
  const state = space.begin();
  const by = (at: Point) => [at.x - start.x, at.y - start.y] as const;
  if (target.kind === 'keypoint') {
    const { person: id, index } = target;
    const before = editing.selection.peek();
    editing.activeId.value = id;
    if (keys.shift) editing.selection.value = toggleKeypoint(before, id, index);
    else if (!isSelected(before, id, index) || before.get(id)!.size > 1) editing.selectKeypoint(id, index);
    const figure = state.figures[state.document.people.findIndex((person) => person.id === id)];
    return {
      move: (at, { shift }) => {
        const [dx, dy] = by(at);
        const goal = shift ? shifted(state, figure[index], 0, 0, dy) : shifted(state, figure[index], dx, dy);
        space.drag(state, id, index, goal);
      },
      end: () => space.finish(),
    };
  }
  if (target.kind === 'limb') {
    const { person: id } = target;
    return {
      move: (at, { shift }) => {
        const [dx, dy] = by(at);
        const to = shift ? shifted(state, [0, 0, 0], dx, 0, dy) : shifted(state, [0, 0, 0], dx, dy);
        space.move(state, [id], to);
      },
      end: () => {
        space.finish();
        editing.selectPerson(id);
      },
    };
  }
  const degrees = turnOfPicture / state.document.size.width;
  return {
    move: (at) => {
      const [dx, dy] = by(at);
      space.orbit(state, -dx * degrees, dy * degrees);
    },
    end: (hasMoved) => {
      space.finish();
      if (!hasMoved && !keys.shift) editing.clearSelection();
    },
  };
}
