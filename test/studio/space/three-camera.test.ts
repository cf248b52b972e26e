import { Vector3 } from 'three';
import { describe, expect, it } from 'vitest';
import { dragKeypoint } from '../../../packages/studio/src/editor/index.ts';
import { poseOfPerson } from '../../../packages/studio/src/editor/person-of-pose.ts';
import { configurations } from '../../../packages/studio/src/library/configurations.ts';
import { poseMannequin } from '../../../packages/studio/src/library/mannequin.ts';
import { poseFromView } from '../../../packages/studio/src/library/see-mannequin.ts';
import { threeCamera } from '../../../packages/studio/src/space-view/three-camera.ts';
import { Editing } from '../../../packages/studio/src/state/editing.ts';
import { Space } from '../../../packages/studio/src/state/space.ts';

const size = { width: 320, height: 512 };
const stage = { width: 700, height: 500 };
const viewport = { x: 130.5, y: -20, zoom: 0.9 };

function someone() {
  const editing = new Editing(size);
  const waving = poseMannequin(configurations.find(({ id }) => id === 'waving')!);
  editing.addPoses([poseFromView(waving, { around: 20 }, size, { hides: false })]);
  return { editing, space: new Space(editing), id: editing.document.peek().people[0].id };
}

/** Farthest that three.js draws a joint from where the request has it, pixels of the picture. */
function farthest({ editing, space }: ReturnType<typeof someone>): number {
  const { figures, camera } = space.state.peek();
  const three = threeCamera(camera, size, viewport, stage);
  const asked = poseOfPerson(editing.document.peek().people[0])!.keypoints;
  const off = figures[0].map((place, i) => {
    const seen = new Vector3(...place).project(three);
    const x = (((seen.x + 1) / 2) * stage.width - viewport.x) / viewport.zoom;
    const y = (((1 - seen.y) / 2) * stage.height - viewport.y) / viewport.zoom;
    return Math.hypot(x - asked[i][0], y - asked[i][1]);
  });
  return Math.max(...off);
}

describe('what is seen in space', () => {
  it('is the skeleton that goes to the engine, from every side, to half a pixel', () => {
    const one = someone();
    expect(farthest(one)).toBeLessThan(0.5);
    for (const side of ['threeQuarter', 'side', 'back', 'front'] as const) {
      one.space.goTo(side);
      one.space.nudge(one.id, 9, 15, -20, 25);
      expect(farthest(one), side).toBeLessThan(0.5);
    }
    const state = one.space.begin();
    one.space.look(state, { ...state.camera, fieldOfView: 60 });
    one.space.finish();
    expect(farthest(one)).toBeLessThan(0.5);
  });

  it('follows what is changed in the plane, and is one step of history a gesture', () => {
    const one = someone();
    one.space.goTo('side');
    const before = one.editing.document.peek();
    one.editing.apply((document) => ({
      ...document,
      people: document.people.map((person) => dragKeypoint(person, 15, { x: 200, y: 400 })),
    }));
    expect(farthest(one)).toBeLessThan(0.5);
    one.space.nudge(one.id, 10, 5, 5, 0);
    one.space.flip(one.id, 10);
    for (let i = 0; i < 3; i++) one.editing.undo();
    expect(one.editing.document.peek()).toBe(before);
  });

  it('hides what the body covers, and shows it again from in front', () => {
    const one = someone();
    one.space.goTo('back');
    expect(one.space.offered()).toBeGreaterThan(2);
    one.space.hideCovered();
    expect(one.space.offered()).toBe(0);
    expect(one.editing.document.peek().people[0].keypoints[0].state).toBe('hidden');
    one.space.goTo('front');
    one.space.hideCovered();
    expect(one.editing.document.peek().people[0].keypoints[0].state).toBe('shown');
  });
});
