import { keypointNames } from '@stable-pose/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginHistory,
  commit,
  copyPeople,
  type EditorDocument,
  mirrorPerson,
  movePerson,
  pastePeople,
  personBounds,
  personOfPose,
  poseOfPerson,
  posesOfDocument,
  redo,
  reorder,
  resetLimb,
  resetPerson,
  scalePerson,
  selectInside,
  swapSides,
  toggleKeypoint,
  turnPerson,
  undo,
} from '../../../packages/studio/src/editor/index.ts';
import { anyPerson, standingPerson } from './people.ts';

const size = { width: 512, height: 512 };
const documentOf = (...ids: string[]): EditorDocument => ({ size, people: ids.map(standingPerson) });
const places = (person: { keypoints: readonly { x: number; y: number }[] }) =>
  person.keypoints.flatMap(({ x, y }) => [x, y]);

/** Places after a few additions and products of numbers of some hundred. */
const closeTo = (actual: readonly number[], expected: readonly number[]) => {
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 6);
  });
};

describe('a person as a whole', () => {
  it('is itself again after two mirrors, and after two swaps', () => {
    fc.assert(
      fc.property(anyPerson(), fc.double({ min: 0, max: 512, noNaN: true }), (person, at) => {
        closeTo(places(mirrorPerson(mirrorPerson(person, at), at)), places(person));
        expect(swapSides(swapSides(person)).keypoints).toEqual(person.keypoints);
      }),
    );
  });

  it('raises the left hand where the right one was when mirrored', () => {
    const person = standingPerson();
    const mirrored = mirrorPerson(person, 256);
    expect(mirrored.keypoints[9]).toMatchObject({ x: 512 - 182, y: 265 });
    expect(swapSides(person).keypoints[9]).toEqual(person.keypoints[10]);
  });

  it('comes back from moves, turns and scales', () => {
    const number = fc.double({ min: -300, max: 300, noNaN: true });
    const factor = fc.double({ min: 0.2, max: 5, noNaN: true });
    fc.assert(
      fc.property(anyPerson(), number, number, factor, (person, dx, dy, scale) => {
        const about = { x: 256, y: 256 };
        closeTo(places(movePerson(movePerson(person, dx, dy), -dx, -dy)), places(person));
        closeTo(places(turnPerson(turnPerson(person, about, dx), about, -dx)), places(person));
        closeTo(places(scalePerson(scalePerson(person, about, scale), about, 1 / scale)), places(person));
      }),
    );
  });

  it('leaves locked joints where they are', () => {
    const person = standingPerson();
    const locked = { ...person, keypoints: person.keypoints.map((k, i) => ({ ...k, isLocked: i === 15 })) };
    const moved = movePerson(locked, 10, 10);
    expect(moved.keypoints[15]).toBe(locked.keypoints[15]);
    expect(moved.keypoints[0].x).toBe(266);
  });
});

describe('states of joints', () => {
  it('tell the model of what is shown only', () => {
    const person = standingPerson();
    const keypoints = person.keypoints.map((k, i) => ({
      ...k,
      state: i === 9 ? ('hidden' as const) : i === 10 ? ('deleted' as const) : k.state,
    }));
    const pose = poseOfPerson({ ...person, keypoints })!;
    expect(pose.keypoints[9]).toEqual([0, 0, 0]);
    expect(pose.keypoints[10]).toEqual([0, 0, 0]);
    expect(pose.keypoints[0]).toEqual([256, 80, 1]);
  });

  it('leave out people of whom nothing is shown', () => {
    const document = documentOf('a', 'b');
    const ghost = {
      ...document.people[0],
      keypoints: document.people[0].keypoints.map((k) => ({ ...k, state: 'hidden' as const })),
    };
    expect(posesOfDocument({ ...document, people: [ghost, document.people[1]] })).toHaveLength(1);
  });

  it('come in deleted where a pose has no joint, near where a body has it', () => {
    const pose = poseOfPerson(standingPerson())!;
    const partial = personOfPose(
      { keypoints: pose.keypoints.map((k, i) => (i === 15 ? [0, 0, 0] : k)) },
      'a',
    );
    expect(partial.keypoints[15].state).toBe('deleted');
    // An ankle is guessed within a fifth of the person's height.
    expect(Math.hypot(partial.keypoints[15].x - 286, partial.keypoints[15].y - 450)).toBeLessThan(75);
  });
});

describe('resetting', () => {
  it('brings a person back to where it came in', () => {
    const person = standingPerson();
    expect(places(resetPerson(movePerson(person, 40, 5)))).toEqual(places(person));
  });

  it('brings an arm back onto a body that was moved, turned and scaled since', () => {
    const about = { x: 100, y: 100 };
    const person = scalePerson(turnPerson(movePerson(standingPerson(), 40, 5), about, 0.5), about, 1.5);
    const bent = {
      ...person,
      keypoints: person.keypoints.map((k, i) => (i === 9 ? { ...k, x: 0, y: 0 } : k)),
    };
    closeTo(places(resetLimb(bent, 9)), places(person));
    expect(keypointNames[9]).toBe('left_wrist');
  });
});

describe('the order of people', () => {
  it('changes one step, or all the way', () => {
    const ids = (document: EditorDocument) => document.people.map(({ id }) => id).join('');
    const document = documentOf('a', 'b', 'c');
    expect(ids(reorder(document, 'a', 'forward'))).toBe('bac');
    expect(ids(reorder(document, 'a', 'front'))).toBe('bca');
    expect(ids(reorder(document, 'c', 'backward'))).toBe('acb');
    expect(ids(reorder(document, 'c', 'back'))).toBe('cab');
    expect(reorder(document, 'a', 'back')).toBe(document);
  });
});

describe('undo and redo', () => {
  it('go back through any number of steps, and forth again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 300 }), (steps) => {
        const done = steps.reduce(
          (history, step, i) => commit(history, { step, i }),
          beginHistory<object>({}),
        );
        let back = done;
        for (let i = 0; i < steps.length; i++) back = undo(back);
        expect(back.present).toEqual({});
        expect(undo(back)).toBe(back);
        let forth = back;
        for (let i = 0; i < steps.length; i++) forth = redo(forth);
        expect(forth.present).toBe(done.present);
      }),
    );
  });

  it('forget what was undone once something else is done', () => {
    const history = commit(undo(commit(beginHistory('a'), 'b')), 'c');
    expect(redo(history)).toBe(history);
    expect(undo(history).present).toBe('a');
  });
});

describe('selecting', () => {
  it('finds what lies in a marquee, across people, but nothing deleted', () => {
    const document = documentOf('a', 'b');
    const gone = {
      ...document.people[1],
      keypoints: document.people[1].keypoints.map((k) => ({ ...k, state: 'deleted' as const })),
    };
    const selection = selectInside(
      { ...document, people: [document.people[0], gone] },
      { left: 0, top: 0, right: 512, bottom: 100 },
    );
    expect([...selection.keys()]).toEqual(['a']);
    expect([...selection.get('a')!]).toEqual([0, 1, 2, 3, 4]);
    expect(toggleKeypoint(selection, 'a', 0).get('a')!.has(0)).toBe(false);
  });
});

describe('the clipboard', () => {
  it('carries people as JSON, and scales them to another size', () => {
    const text = copyPeople(documentOf('a', 'b'), ['b']);
    let next = 0;
    const small = { size: { width: 256, height: 256 }, people: [] };
    const { people } = pastePeople(text, small, () => `new-${next++}`);
    expect(people.map(({ id }) => id)).toEqual(['new-0']);
    expect(people[0].keypoints[0]).toMatchObject({ x: 128, y: 40 });
    expect(personBounds(people)!.bottom).toBeCloseTo(225, 6);
  });
});
