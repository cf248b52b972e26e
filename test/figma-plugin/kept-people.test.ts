import { encodePng, movePose, type Pose } from '@stable-pose/core';
import { generateIntoHost } from '@stable-pose/sdk';
import { plainPicture, StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { GroupNode, RectangleNode, SceneNode } from '../../packages/figma-plugin/src/main/figma.ts';
import { placeIntoFigma } from '../../packages/figma-plugin/src/main/place-pictures.ts';
import { atOnce } from '../../packages/figma-plugin/src/main/slices.ts';
import { findPlace } from '../../packages/figma-plugin/src/main/work-place.ts';
import { figmaBench } from './support/figma-bench.ts';

const side = 128;
const poses = [
  standingPose({ x: 10, y: 10, width: 40, height: 100 }),
  standingPose({ x: 70, y: 10, width: 40, height: 100 }),
];

/** A picture on the page by itself, among others; or a frame. */
async function scene(kind: 'frame' | 'pictures', count = 3) {
  const bench = figmaBench();
  await bench.open({ canvas: { width: side, height: side } });
  const { simulator } = bench;
  const { figma, page } = simulator;
  const { hash } = figma.createImage(encodePng(plainPicture(side, side, [9, 99, 199])));
  const pictures: RectangleNode[] = [];
  for (let i = 0; kind === 'pictures' && i < count; i++) {
    const picture = figma.createRectangle();
    picture.resize(side, side);
    picture.x = 200 * (i % 20) + 1000;
    picture.y = 200 * Math.floor(i / 20);
    picture.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
    pictures.push(picture);
  }
  const place: SceneNode = kind === 'frame' ? bench.frame() : pictures[1];
  simulator.settle();
  simulator.forgetUndo();
  simulator.select([place]);
  const holder = kind === 'frame' ? bench.frame() : page;
  const people = () => holder.children.filter(({ type }) => type === 'GROUP') as GroupNode[];
  const { target } = await bench.host.readSelection();
  const generate = (placed: readonly Pose[], keepPoses: 'hidden' | 'visible' = 'hidden') =>
    generateIntoHost(bench.host, new StubEngine(), {
      request: { prompt: 'dancers', seed: 7, steps: 1, poses: [...placed] },
      from: 'words',
      target,
      keepPoses,
    });
  return { ...bench, figma, page, place, holder, people, target, generate };
}

for (const kind of ['frame', 'pictures'] as const) {
  describe(`people who stand in the file, ${kind}`, () => {
    it('are those of the picture that is placed: none is drawn twice, and names stay', async () => {
      const { generate, holder, host, people, place, simulator, target } = await scene(kind);
      await host.placePoses(target, poses);
      expect(people()).toHaveLength(2);
      people()[0].name = 'Anna';
      simulator.forgetUndo();
      expect(await host.readSelection()).toMatchObject({ people: 2 });
      const ids = people().map(({ id }) => id);
      const read = (await host.readPoses(target)).poses;
      expect(read[1].keypoints[0][0]).toBeCloseTo(poses[1].keypoints[0][0], 3);
      const { placed } = await generate(read);
      expect(people().map(({ id, name, visible }) => [id, name, visible])).toEqual([
        [ids[0], 'Anna', false],
        [ids[1], 'Person 2', false],
      ]);
      expect(simulator.undoSteps).toBe(1);
      // In front of the picture, for when they are shown again.
      const order = holder.children.map(({ id }) => id);
      expect(order.slice(-3)).toEqual([placed[0], ...ids]);
      simulator.undo();
      expect(people().map(({ id, visible }) => [id, visible])).toEqual(ids.map((id) => [id, true]));
      expect(simulator.page.selection.map(({ id }) => id)).toEqual([place.id]);
      // Again, and they stay visible.
      await generate(read, 'visible');
      expect(people().map(({ id, visible }) => [id, visible])).toEqual(ids.map((id) => [id, true]));
    });

    it('are drawn anew where the picture has them elsewhere, in place of those that stood there', async () => {
      const { generate, host, people, target } = await scene(kind);
      await host.placePoses(target, poses);
      const [first, second] = people().map(({ id }) => id);
      const moved = movePose(poses[1], 5, 0);
      await generate([poses[0], moved]);
      expect(people()).toHaveLength(2);
      const ids = people().map(({ id }) => id);
      expect(ids[0]).toBe(first);
      expect(ids[1]).not.toBe(second);
      const read = (await host.readPoses(target)).poses;
      expect(read[1].keypoints[0][0]).toBeCloseTo(moved.keypoints[0][0], 2);
    });

    it('are drawn anew where someone deletes them while the plug-in rests', async () => {
      const { figma, host, people, target } = await scene(kind);
      await host.placePoses(target, poses);
      const [, second] = people();
      const wanted = [movePose(poses[0], 20, 0), poses[1]];
      const wish = { throwIfCancelled: () => undefined };
      const kept = { poses: wanted, isVisible: true };
      const work = placeIntoFigma(figma, await findPlace(figma, target), { pictures: [], poses: kept }, wish);
      while (people().length < 3) work.next();
      second.remove();
      atOnce(work);
      expect(people().map(({ name }) => name)).toEqual(['Person 1', 'Person 2']);
      const read = (await host.readPoses(target)).poses;
      for (const [i, { keypoints }] of wanted.entries())
        expect(read[i].keypoints[0][0]).toBeCloseTo(keypoints[0][0], 2);
    });

    it('are as they were when placing fails', async () => {
      const { generate, holder, host, people, simulator, target } = await scene(kind);
      await host.placePoses(target, poses);
      const over = simulator.figma.createRectangle();
      holder.appendChild(over);
      simulator.forgetUndo();
      const before = holder.children.map(({ id, visible }) => [id, visible]);
      // The rectangle, and each of those who stand there, to the front; then the third is drawn.
      const third = movePose(poses[0], 20, 0);
      simulator.failNext('appendChild', 4);
      await expect(generate([...poses, third])).rejects.toThrow('Something went wrong');
      expect(holder.children.map(({ id, visible }) => [id, visible])).toEqual(before);
      expect(people()).toHaveLength(2);
      expect(simulator.undoSteps).toBe(0);
    });
  });
}

describe('people over one picture of many', () => {
  it('are that picture’s and no other’s, in a file of 300', async () => {
    const { host, main, people, simulator, target, page, generate } = await scene('pictures', 300);
    await host.placePoses(target, poses);
    const others = page.children.filter(({ type }) => type === 'RECTANGLE');
    simulator.select([others[2]]);
    const other = await host.readSelection();
    expect(other.people).toBe(0);
    await host.placePoses(other.target, [poses[0]]);
    expect(people()).toHaveLength(3);
    expect((await host.readPoses(target)).poses).toHaveLength(2);
    await generate(poses);
    expect(people().map(({ visible }) => visible)).toEqual([true, false, false]);
    expect(page.children.filter(({ type }) => type === 'RECTANGLE')).toHaveLength(301);
    // Whoever selects one of them can have their picture made again.
    const picture = page.children.filter(({ type }) => type === 'RECTANGLE').at(-1)!;
    for (const [i, again] of [undefined, `node|${picture.id}`, `node|${picture.id}`].entries()) {
      simulator.select([people()[i]]);
      const person = await host.readSelection();
      expect(person.kind).toBe('skeleton');
      expect((await main.ask('readFurther', { target: person.target })).again).toBe(again);
    }
    await host.placePoses(target, []);
    expect(people()).toHaveLength(1);
  }, 300_000);
});

describe('people over a picture in a group', () => {
  it('stand where they are asked, though the group grows with them', async () => {
    const { host, place, page, figma, simulator } = await scene('pictures');
    const beside = figma.createRectangle();
    beside.x = place.x + 30;
    beside.y = place.y + 40;
    const group = figma.group([place, beside], page);
    simulator.select([place]);
    const { target } = await host.readSelection();
    // Reaching over the group's border, so that its corner moves.
    const wide = movePose(poses[0], -30, -5);
    await host.placePoses(target, [wide]);
    expect(group.children.filter(({ type }) => type === 'GROUP')).toHaveLength(1);
    const [person] = group.children.filter(({ type }) => type === 'GROUP') as GroupNode[];
    const nose = person.children.find(({ name }) => name === 'nose');
    const at = nose!.absoluteBoundingBox!;
    expect(at.x + at.width / 2 - place.absoluteTransform[0][2]).toBeCloseTo(wide.keypoints[0][0], 2);
    expect(at.y + at.height / 2 - place.absoluteTransform[1][2]).toBeCloseTo(wide.keypoints[0][1], 2);
    const read = (await host.readPoses(target)).poses;
    expect(read[0].keypoints[0][0]).toBeCloseTo(wide.keypoints[0][0], 2);
  });
});
