import type { Space } from '../state/space.ts';
import type { Studio } from '../state/studio.ts';
import { pressKey, type ViewKeys } from '../view/canvas-keys.ts';

/** Pixels that a key moves a joint, and degrees that it moves the eye. */
const [step, far, eyeStep] = [2, 20, 5];

/** What a key does in space; what it does not know is done as in the plane. @returns whether it did something */
export function pressSpaceKey(event: KeyboardEvent, studio: Studio, space: Space, view: ViewKeys): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return pressKey(event, studio, view);
  const { editing } = studio;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const long = event.shiftKey ? far : step;
  const ways: Readonly<Record<string, readonly [number, number, number]>> = {
    ArrowLeft: [-1, 0, 0],
    ArrowRight: [1, 0, 0],
    ArrowUp: [0, -1, 0],
    ArrowDown: [0, 1, 0],
    PageUp: [0, 0, -1],
    PageDown: [0, 0, 1],
  };
  const way = ways[key];
  if (way) {
    const [dx, dy, nearer] = way.map((part) => part * long);
    const [first, ...others] = editing.selection.peek();
    if (!first) {
      if (nearer !== 0) return false;
      const state = space.state.peek();
      space.orbit(state, -way[0] * eyeStep, -way[1] * eyeStep);
      space.finish();
    } else if (others.length === 0 && first[1].size === 1) {
      space.nudge(first[0], [...first[1]][0], dx, dy, nearer);
    } else space.nudgePeople(dx, dy, nearer);
    return true;
  }
  switch (key) {
    case 'f':
      return flipSelected(studio, space);
    case '[':
      space.turn(-15);
      return true;
    case ']':
      space.turn(15);
      return true;
    case '1':
      space.goTo('front');
      return true;
    case '2':
      space.goTo('threeQuarter');
      return true;
    case '4':
      space.goTo('side');
      return true;
    case '5':
      space.goTo('back');
      return true;
    default:
      return pressKey(event, studio, view);
  }
}

/** Flips the limb whose joint is selected. @returns whether one is */
export function flipSelected({ editing, notices, text }: Studio, space: Space): boolean {
  const [first] = editing.selection.peek();
  const index = first?.[1].size === 1 ? [...first[1]][0] : undefined;
  if (!first || index === undefined || !space.flip(first[0], index)) {
    notices.say(text.peek().space.flipWhat);
  }
  return true;
}
