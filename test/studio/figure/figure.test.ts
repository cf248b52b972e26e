import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  aboutPivot,
  type Camera,
  firstCamera,
  orbited,
  project,
  toEye,
  unproject,
} from '../../../packages/studio/src/figure/camera.ts';
import { dragFigure, turnFigure } from '../../../packages/studio/src/figure/drag-figure.ts';
import {
  apart,
  type Figure,
  limbChains,
  neckOfFigure,
  pelvisOfFigure,
} from '../../../packages/studio/src/figure/figure.ts';
import { hiddenJoints } from '../../../packages/studio/src/figure/hidden-joints.ts';
import { flipReading, followPose, liftPose } from '../../../packages/studio/src/figure/lift-pose.ts';
import { excess } from '../../../packages/studio/src/figure/limb-limits.ts';
import { limitsOf, stateOfLimb } from '../../../packages/studio/src/figure/reach-limb.ts';
import { configurations } from '../../../packages/studio/src/library/configurations.ts';
import { poseMannequin } from '../../../packages/studio/src/library/mannequin.ts';
import type { Vector } from '../../../packages/studio/src/library/space.ts';

const size = { width: 512, height: 640 };
const scale = 30;

/** A library body as a figure in the middle of the picture. */
function figureOf(id: string): Figure {
  const { keypoints } = poseMannequin(configurations.find((one) => one.id === id)!);
  return keypoints.map(([x, y, z]): Vector => [x * scale, (y - 8) * scale, z * scale]);
}
const seen = (figure: Figure, camera: Camera) =>
  figure.map((place) => ({ ...project(camera, size, place), isTold: true }));
const keptLengths = (figure: Figure) => [
  ...limbChains.flatMap(({ root, middle, end }) => [
    apart(figure[root], figure[middle]),
    apart(figure[middle], figure[end]),
  ]),
  apart(figure[5], figure[6]),
  apart(figure[11], figure[12]),
  // The spine bends between hips and shoulders: the line between their middles keeps its length.
  apart(neckOfFigure(figure), pelvisOfFigure(figure)),
  ...[1, 2, 3, 4].map((i) => apart(figure[0], figure[i])),
];
const cameras = fc.record({
  yaw: fc.double({ min: -180, max: 180, noNaN: true }),
  pitch: fc.double({ min: -60, max: 60, noNaN: true }),
  fieldOfView: fc.double({ min: 10, max: 80, noNaN: true }),
});

describe('the camera', () => {
  it('leaves the picture as it is before the first camera, and finds its way back from every other', () => {
    expect(project(firstCamera, size, [100, 50, 0])).toEqual({ x: 356, y: 270, depth: 0 });
    fc.assert(
      fc.property(
        cameras,
        fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -150, max: 150 }))),
        (view, place) => {
          const camera = orbited(
            aboutPivot({ ...firstCamera, fieldOfView: view.fieldOfView }, [20, -40, 60]),
            view.yaw,
            view.pitch,
          );
          const at = project(camera, size, place as unknown as Vector);
          expect(apart(unproject(camera, size, at, at.depth), place as unknown as Vector)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('goes round what it goes round, and sees the back from behind', () => {
    const figure = figureOf('standing');
    const camera = aboutPivot(firstCamera, [10, 20, 30]);
    const behind = orbited(camera, 180, 0);
    expect(apart(toEye(behind, [10, 20, 30]), [10, 20, 30])).toBeLessThan(1e-9);
    expect(project(camera, size, figure[5]).x).toBeGreaterThan(project(camera, size, figure[6]).x);
    expect(project(behind, size, figure[5]).x).toBeLessThan(project(behind, size, figure[6]).x);
  });
});

describe('inverse kinematics in space', () => {
  const figures = fc
    .constantFrom('standing', 'walking', 'sitting', 'waving', 'kneeling-upright', 'arms-crossed')
    .map(figureOf);
  const places = fc.tuple(
    fc.integer({ min: -400, max: 400 }),
    fc.integer({ min: -400, max: 400 }),
    fc.integer({ min: -400, max: 400 }),
  );

  it('keeps every length whatever is dragged, and what is locked where it is', () => {
    fc.assert(
      fc.property(
        figures,
        fc.integer({ min: 0, max: 16 }),
        places,
        fc.uniqueArray(fc.constantFrom(9, 10, 15, 16), { maxLength: 2 }),
        (figure, index, place, locked) => {
          const after = dragFigure(figure, index, place, new Set(locked));
          const [old, now] = [keptLengths(figure), keptLengths(after)];
          // A locked end is put back exactly; the search for it ends within a twentieth of a pixel.
          expect(Math.max(...now.map((length, i) => Math.abs(length - old[i])))).toBeLessThan(0.06);
          for (const i of locked) expect(after[i]).toEqual(figure[i]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('stays inside human limits, or as far outside as it was', () => {
    fc.assert(
      fc.property(figures, fc.constantFrom(7, 8, 9, 10, 13, 14, 15, 16), places, (figure, index, place) => {
        const after = dragFigure(figure, index, place);
        for (const chain of limbChains) {
          const [old, now] = [figure, after].map((one) => excess(limitsOf(chain), stateOfLimb(one, chain)));
          expect(now).toBeLessThan(old + 0.5);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('reaches what hands and feet can reach', () => {
    const figure = figureOf('standing');
    const near: readonly (readonly [number, Vector])[] = [
      [9, [figure[5][0] + 60, figure[5][1] + 60, 60]],
      [9, [figure[5][0], figure[5][1] + 150, 20]],
      [10, [figure[6][0] - 20, figure[6][1] - 40, 110]],
      [15, [figure[11][0] + 40, figure[11][1] - 160, 120]],
      [16, [figure[12][0] - 80, figure[12][1] - 210, 10]],
    ];
    for (const [index, place] of near) {
      expect(apart(dragFigure(figure, index, place)[index], place), String(index)).toBeLessThan(1);
    }
  });

  it('bends no knee forward and no elbow backward', () => {
    const figure = figureOf('standing');
    const kicked = dragFigure(figure, 15, [figure[11][0], figure[11][1] - 120, 130]);
    // The knee is before the line from hip to ankle.
    expect(kicked[13][2]).toBeGreaterThan((kicked[11][2] + kicked[15][2]) / 2);
    const raised = dragFigure(figure, 9, [figure[5][0] + 10, figure[5][1] + 20, 60]);
    expect(raised[7][1]).toBeLessThan(raised[5][1]);
  });

  it('moves the body over feet that stay', () => {
    const figure = figureOf('standing');
    const after = dragFigure(figure, 11, [figure[11][0] + 10, figure[11][1] - 60, figure[11][2]]);
    expect(after[12][1]).toBeCloseTo(figure[12][1] - 60, 3);
    for (const i of [15, 16]) expect(apart(after[i], figure[i])).toBeLessThan(0.5);
  });

  it('turns about the vertical and keeps heights', () => {
    const figure = figureOf('waving');
    const turned = turnFigure(figure, 90);
    for (const [i, [, y]] of turned.entries()) expect(y).toBeCloseTo(figure[i][1], 9);
    expect(turned[5][2]).toBeLessThan(turned[6][2]);
  });
});

describe('lifting a pose of the plane', () => {
  it('moves nothing in the picture, whatever the pose and the camera', () => {
    for (const { id } of configurations.slice(0, 101)) {
      const flat = seen(figureOf(id), firstCamera);
      for (const camera of [firstCamera, orbited(aboutPivot(firstCamera, [0, 0, 40]), 70, 20)]) {
        const lifted = seen(liftPose(flat, camera, size), camera);
        const off = lifted.map(({ x, y }, i) => Math.hypot(x - flat[i].x, y - flat[i].y));
        expect(Math.max(...off), id).toBeLessThan(1e-6);
      }
    }
  });

  it('gives limbs the lengths of their proportions', () => {
    const figure = figureOf('sitting');
    const lifted = liftPose(seen(figure, firstCamera), firstCamera, size);
    for (const { root, middle } of limbChains.slice(2)) {
      // Thighs of someone who sits point at us: seen short, lifted long.
      const flat = Math.hypot(figure[root][0] - figure[middle][0], figure[root][1] - figure[middle][1]);
      expect(flat).toBeLessThan(100);
      expect(apart(lifted[root], lifted[middle])).toBeGreaterThan(115);
    }
  });

  it('finds bodies that are near to those that were seen', () => {
    const shares = configurations.map(({ id }) => {
      const figure = figureOf(id);
      const camera = orbited(firstCamera, 20, 5);
      const lifted = liftPose(seen(figure, camera), camera, size);
      const depth = (one: Figure) => one.map((place) => toEye(camera, place)[2]);
      const middle = (values: readonly number[]) => (values[11] + values[12]) / 2;
      const [a, b] = [depth(figure), depth(lifted)];
      const wrong = a.reduce((sum, z, i) => sum + Math.abs(z - middle(a) - (b[i] - middle(b))), 0) / 17;
      const flat = a.reduce((sum, z) => sum + Math.abs(z - middle(a)), 0) / 17;
      return { wrong, flat };
    });
    const wrong = shares.reduce((sum, one) => sum + one.wrong, 0);
    const flat = shares.reduce((sum, one) => sum + one.flat, 0);
    console.log(`depth error ${(wrong / flat).toFixed(2)} of that of flat figures`);
    // Of a hundred and one bodies: what a flat cut-out has wrong, reduced by a good part.
    expect(wrong / flat).toBeLessThan(0.8);
  });

  it('flips a reading there and back, and nothing moves in the picture', () => {
    const figure = figureOf('waving');
    const camera = orbited(firstCamera, 20, 0);
    for (const i of [7, 8, 9, 10, 13, 14, 15, 16, 0]) {
      const flipped = flipReading(figure, i, camera, size);
      expect(apart(flipped[i], figure[i]), String(i)).toBeGreaterThan(0.1);
      const before = seen(figure, camera);
      const off = seen(flipped, camera).map(({ x, y }, j) => Math.hypot(x - before[j].x, y - before[j].y));
      expect(Math.max(...off)).toBeLessThan(1e-6);
      const back = flipReading(flipped, i, camera, size);
      expect(Math.max(...back.map((place, j) => apart(place, figure[j])))).toBeLessThan(1e-6);
    }
  });

  it('follows a pose that was moved in the plane, with its depth', () => {
    const figure = figureOf('walking');
    const camera = orbited(firstCamera, 60, 0);
    const moved = seen(figure, camera).map((joint) => ({ ...joint, x: joint.x + 40 }));
    const followed = followPose(figure, moved, camera, size);
    followed.forEach((place, i) => {
      expect(toEye(camera, place)[2]).toBeCloseTo(toEye(camera, figure[i])[2], 6);
      expect(project(camera, size, place).x).toBeCloseTo(moved[i].x, 6);
    });
  });
});

describe('joints that bodies hide', () => {
  it('hides the face from behind and nothing of someone who stands before us', () => {
    const figure = figureOf('t-pose');
    expect(hiddenJoints([figure], firstCamera, size)[0].filter(Boolean)).toEqual([]);
    const [behind] = hiddenJoints([figure], orbited(firstCamera, 180, 0), size);
    expect(behind.slice(0, 3)).toEqual([true, true, true]);
    expect(behind.slice(5).filter(Boolean)).toEqual([]);
  });

  it('hides the far arm from the side, and hands behind the back', () => {
    const figure = figureOf('standing');
    const [side] = hiddenJoints([figure], orbited(firstCamera, 90, 0), size);
    // From the left we see the left arm.
    expect([side[5], side[7]]).toEqual([false, false]);
    expect([side[6], side[8]]).toEqual([true, true]);
    const hand = figure.map((place, i): Vector => (i === 9 ? [0, figure[11][1] + 40, -70] : place));
    expect(hiddenJoints([hand], firstCamera, size)[0][9]).toBe(true);
    expect(hiddenJoints([hand], orbited(firstCamera, 180, 0), size)[0][9]).toBe(false);
  });

  it('hides who stands behind another', () => {
    const figure = figureOf('standing');
    const far = figure.map(([x, y, z]): Vector => [x, y, z - 300]);
    const [front, back] = hiddenJoints([figure, far], { ...firstCamera, fieldOfView: 10 }, size);
    expect(front.filter(Boolean)).toEqual([]);
    expect(back.filter(Boolean).length).toBeGreaterThan(8);
  });
});
