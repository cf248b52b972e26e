import { keypointNames, type Pose } from '@stable-pose/core';
import { markedPicture, plainPicture, standingPose } from '@stable-pose/sdk/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  cropByHand,
  duplicateByHand,
  rasteriseByHand,
  transformByHand,
  withInner,
} from './simulator/hands.ts';
import { photoshopBench, type SimulatedBench } from './simulator/photoshop-bench.ts';
import type { SimulatedDocument, SimulatedLayer } from './simulator/simulated-document.ts';

const canvas = { width: 150, height: 110 };
const person = standingPose({ x: 10, y: 8, width: 50, height: 95 });
const other = standingPose({ x: 80, y: 12, width: 44, height: 90 }, [3, 4, 16]);
let bench: SimulatedBench;
let document: SimulatedDocument;
let target: string;

beforeEach(async () => {
  bench = photoshopBench();
  await bench.open({ canvas, picture: markedPicture(150, 110) });
  document = bench.simulator.document;
  ({ target } = await bench.host.readSelection());
});

const groups = () => document.state.layers.filter(({ kind }) => kind === 'group');
const read = async () => bench.host.readPoses(target);

function inner(group: SimulatedLayer, name: string): SimulatedLayer {
  const found = withInner(document, group.id).find((layer) => layer.name === name);
  if (!found) throw new Error(`There is no layer "${name}".`);
  return found;
}

function expectPose({ keypoints }: Pose, expected: Pose, move = (x: number, y: number) => [x, y]): void {
  for (const [i, [x, y, confidence]] of expected.keypoints.entries()) {
    expect(keypoints[i][2] > 0, keypointNames[i]).toBe(confidence > 0);
    if (!(confidence > 0)) continue;
    const [wantedX, wantedY] = move(x, y);
    expect(keypoints[i][0]).toBeCloseTo(wantedX, 6);
    expect(keypoints[i][1]).toBeCloseTo(wantedY, 6);
  }
}

describe('skeletons in a Photoshop document', () => {
  it('are a group of named shape layers a person, limbs below joints, written in one step', async () => {
    await bench.host.placePoses(target, [other]);
    expect(document.history.map(({ name }) => name)).toEqual(['Place poses']);
    const [group] = groups();
    const layers = document.childrenOf(group.id);
    expect(layers.every(({ kind }) => kind === 'solidColor')).toBe(true);
    expect(layers[0].name).toBe('left_ankle');
    expect(layers.filter(({ name }) => name.includes(' to ')).length).toBe(11);
    const firstLimb = layers.findIndex(({ name }) => name.includes(' to '));
    expect(layers.slice(firstLimb).every(({ name }) => name.includes(' to '))).toBe(true);
    expect(bench.simulator.liveBuffers).toBe(0);
  });

  it('follow moving, turning, scaling and skewing of the group', async () => {
    await bench.host.placePoses(target, [person]);
    const move = (x: number, y: number): [number, number] => [1.3 * x + 0.2 * y - 4, -0.4 * x + 0.9 * y + 11];
    transformByHand(document, groups()[0].id, ([x, y]) => move(x, y));
    const { poses, notes } = await read();
    expectPose(poses[0], person, move);
    expect(notes).toEqual([]);
  });

  it('keep hands and face when moved as a whole, and say that they are lost when posed anew', async () => {
    const hand = Array.from({ length: 21 }, (_, i) => [40 + i, 30, 1] as const);
    await bench.host.placePoses(target, [{ ...person, hands: { left: hand } }]);
    const [group] = groups();
    transformByHand(document, group.id, ([x, y]) => [x + 5, y - 3]);
    const whole = await read();
    expect(whole.poses[0].hands?.left?.[2]).toEqual([47, 27, 1].map((value) => expect.closeTo(value, 6)));
    transformByHand(document, inner(group, 'left_wrist').id, ([x, y]) => [x + 8, y]);
    const posed = await read();
    expect(posed.poses[0].hands).toBeUndefined();
    expect(posed.notes.join()).toContain('hands and face');
  });

  it('give the joint that was moved, and no other', async () => {
    await bench.host.placePoses(target, [person]);
    transformByHand(document, inner(groups()[0], 'left_wrist').id, ([x, y]) => [x + 7, y - 2]);
    const [pose] = (await read()).poses;
    const wanted = person.keypoints.map(([x, y, c], i) => (i === 9 ? [x + 7, y - 2, c] : [x, y, c]));
    expectPose(pose, { keypoints: wanted as unknown as Pose['keypoints'] });
  });

  it('change left and right when they are mirrored', async () => {
    await bench.host.placePoses(target, [person]);
    transformByHand(document, groups()[0].id, ([x, y]) => [150 - x, y]);
    const { poses, notes } = await read();
    expect(poses[0].keypoints[5][0]).toBeCloseTo(150 - person.keypoints[6][0], 6);
    expect(notes.join()).toContain('mirrored');
  });

  it('are read after renaming, duplicating, rasterising a joint, cropping and saving', async () => {
    await bench.host.placePoses(target, [person]);
    const [group] = groups();
    document.changeLayer('Rename', inner(group, 'nose').id, { name: 'Nase' });
    expectPose((await read()).poses[0], person);
    rasteriseByHand(document, inner(group, 'left_hip').id);
    const [pose] = (await read()).poses;
    expect(
      Math.hypot(
        pose.keypoints[11][0] - person.keypoints[11][0],
        pose.keypoints[11][1] - person.keypoints[11][1],
      ),
    ).toBeLessThan(1);
    document.changeLayer('Rename', inner(group, 'Nase').id, { name: 'nose' });
    const copy = duplicateByHand(document, group.id, 1000);
    transformByHand(document, copy, ([x, y]) => [x + 60, y]);
    const both = (await read()).poses;
    expect(both.length).toBe(2);
    expect(both.map(({ keypoints }) => Math.round(keypoints[0][0])).sort()).toEqual(
      [person.keypoints[0][0], person.keypoints[0][0] + 60].map(Math.round).sort(),
    );
    cropByHand(document, 10, 4);
    const [first] = (await read()).poses;
    expect(first.keypoints[0][0]).toBeCloseTo(person.keypoints[0][0] - 10, 6);
    // What a file keeps of a layer: its name, its path, its settings, its id.
    document.state = JSON.parse(
      JSON.stringify({
        ...document.state,
        layers: document.state.layers.filter(({ shape, kind }) => shape || kind === 'group'),
      }),
    );
    const saved = (await read()).poses;
    expect(saved.length).toBe(2);
    expect(saved[0].keypoints[0][0]).toBeCloseTo(person.keypoints[0][0] - 10, 6);
  });

  it('leave out joints that were hidden or deleted, and say when all are gone', async () => {
    await bench.host.placePoses(target, [person]);
    const [group] = groups();
    document.changeLayer('Hide', inner(group, 'left_ear').id, { isVisible: false });
    expect((await read()).poses[0].keypoints[3][2]).toBe(0);
    for (const { id } of document.childrenOf(group.id))
      document.changeLayer('Hide', id, { isVisible: false });
    const { poses, notes } = await read();
    expect(poses).toEqual([]);
    expect(notes.join()).toContain('lost its joints');
  });

  it('are what is selected when a joint of theirs is, and these alone are replaced', async () => {
    await bench.host.placePoses(target, [person, other]);
    const [front] = groups();
    bench.simulator.selectLayers(inner(front, 'nose').id);
    const selection = await bench.host.readSelection();
    expect([selection.kind, selection.people]).toEqual(['skeleton', 1]);
    const { poses } = await bench.host.readPoses(selection.target);
    expectPose(poses[0], other);
    await bench.host.placePoses(selection.target, []);
    const left = (await read()).poses;
    expect(left.length).toBe(1);
    expectPose(left[0], person);
  });

  it('stay hidden beside the picture that they stand in, and are found from it', async () => {
    await bench.host.placePoses(target, [person, other]);
    const area = { x: 0, y: 0, width: 75, height: 110 };
    const picture = plainPicture(75, 110, [240, 120, 20]);
    const [id] = await bench.host.place({
      target,
      undoName: 'Generate',
      pictures: [{ picture, area, name: 'One' }],
      poses: { poses: [person], isVisible: false },
    });
    expect(
      groups()
        .map(({ isVisible }) => isVisible)
        .sort(),
    ).toEqual([false, true]);
    bench.simulator.selectLayers(Number(id));
    const selection = await bench.host.readSelection();
    expect([selection.kind, selection.people]).toEqual(['picture', 1]);
    expectPose((await bench.host.readPoses(selection.target)).poses[0], person);
  });

  it('never hold a picture: one that is placed while a joint is active lies beside the group', async () => {
    await bench.host.placePoses(target, [person]);
    bench.simulator.selectLayers(inner(groups()[0], 'nose').id);
    const { target: chosen } = await bench.host.readSelection();
    const area = { x: 0, y: 0, width: 20, height: 20 };
    const [id] = await bench.host.place({
      target: chosen,
      undoName: 'Generate',
      pictures: [{ picture: plainPicture(20, 20, [1, 2, 3]), area, name: 'One' }],
    });
    expect(document.layer(Number(id)).parent).toBeUndefined();
  });

  it('are taken back whole when drawing fails', async () => {
    await bench.host.placePoses(target, [person]);
    const before = document.state;
    bench.simulator.failNext('make shape', 20);
    await expect(bench.host.placePoses(target, [other, person])).rejects.toMatchObject({
      code: 'host-failed',
    });
    expect(document.state).toBe(before);
    expect(document.history.length).toBe(1);
  });
});
