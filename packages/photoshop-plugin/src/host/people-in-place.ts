import { movePose, type Pose, type Rectangle } from '@stable-pose/core';
import type { Photoshop, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { drawPerson } from '../skeleton/draw-person.ts';
import { type FoundPerson, findPeople } from '../skeleton/find-people.ts';
import { rectangleOf } from './read-part.ts';
import type { WorkPlace } from './work-place.ts';

/** Those that a place has: the selected ones, those in a picture, else all on the canvas. From back to front. */
export async function peopleOf(photoshop: Photoshop, place: WorkPlace): Promise<readonly FoundPerson[]> {
  const { document, artboard, layer, peopleIds } = place;
  const layers = artboard ? (artboard.layer.layers ?? []) : document.layers;
  const people = await findPeople(photoshop, document, layers);
  if (peopleIds) return people.filter(({ group }) => peopleIds.includes(group.id));
  return layer ? people.filter(standsIn([rectangleOf(layer.boundsNoEffects)])) : people;
}

export interface PeopleToDraw {
  /** Canvas pixels, from back to front. */
  readonly poses: readonly Pose[];
  readonly isVisible: boolean;
  /** These go. */
  readonly old: readonly FoundPerson[];
  /** Everyone in the document: nobody lies in anyone else's group. */
  readonly people: readonly FoundPerson[];
  /** In no group at all, save the artboard; otherwise beside what is active. */
  readonly onTop: boolean;
}

/** Inside a modal scope. */
export async function drawPeople(
  photoshop: Photoshop,
  { document, canvas, artboard }: WorkPlace,
  { poses, isVisible, old, people, onTop }: PeopleToDraw,
): Promise<void> {
  // As wide as in the pictures that models know: 10 of 512 pixels.
  const lineWidth = Math.max(2, (10 * Math.min(canvas.width, canvas.height)) / 512);
  const groups = new Set(people.map(({ group }) => group.id));
  const isForeign = ({ id }: PhotoshopLayer) => (onTop ? id !== artboard?.layer.id : groups.has(id));
  for (const [i, pose] of poses.entries()) {
    if (!pose.keypoints.some(([, , confidence]) => confidence > 0)) continue;
    const made = await drawPerson(photoshop, document, movePose(pose, canvas.x, canvas.y), {
      name: `Person ${i + 1}`,
      lineWidth,
      isVisible,
      ...(artboard ? { inside: artboard.layer } : {}),
      isForeign,
    });
    groups.add(made.id);
  }
  for (const { group } of old) group.delete();
}

/** Whether the middle of a person lies in one of the areas, document pixels. */
export function standsIn(areas: readonly Rectangle[]): (person: FoundPerson) => boolean {
  return ({ group, record }) => {
    const { left, top, right, bottom } = group.boundsNoEffects;
    // Of what is hidden, Photoshop may give no bounds.
    const isKnown = right > left && bottom > top;
    const [first] = record.joints;
    const [x, y] = isKnown ? [(left + right) / 2, (top + bottom) / 2] : (first?.place ?? [-1, -1]);
    return areas.some(
      (area) => x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height,
    );
  };
}
