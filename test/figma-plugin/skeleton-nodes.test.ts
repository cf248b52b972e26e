import { keypointNames, limbs, mirrorPose, type Pose } from '@stable-pose/core/pose';
import { describe, expect, it } from 'vitest';
import { drawSkeletonNodes } from '../../packages/figma-plugin/src/main/draw-skeleton-nodes.ts';
import type { FrameNode, GroupNode, SceneNode } from '../../packages/figma-plugin/src/main/figma.ts';
import { followLimbs } from '../../packages/figma-plugin/src/main/follow-limbs.ts';
import { endsIn, fromPage, middleIn } from '../../packages/figma-plugin/src/main/node-place.ts';
import { readSkeletons } from '../../packages/figma-plugin/src/main/read-skeletons.ts';
import { figmaSimulator } from './support/figma-simulator.ts';

const standing: Pose = {
  keypoints: [
    [100, 40, 1],
    [106, 34, 1],
    [94, 34, 0.9],
    [114, 38, 1],
    [86, 38, 1],
    [130, 80, 1],
    [70, 80, 1],
    [150, 130, 1],
    [52, 128, 1],
    [158, 180, 1],
    [20, 90, 0.5],
    [118, 180, 1],
    [82, 180, 1],
    [120, 250, 1],
    [80, 250, 1],
    [121, 320, 1],
    [0, 0, 0],
  ],
};

function scene(pose = standing) {
  const simulator = figmaSimulator();
  const { figma, page } = simulator;
  const frame = figma.createFrame();
  frame.resize(400, 400);
  frame.x = 1000;
  frame.y = -200;
  const group = drawSkeletonNodes(figma, pose, frame, { name: 'Person 1', lineWidth: 8 });
  const part = (name: string) => group.children.find((node) => node.name === name) as FrameNode;
  return { ...simulator, page, frame, group, part };
}

/** Coordinates went through cosines and back. */
function expectPose(actual: Pose | undefined, expected: Pose) {
  expect(actual).toBeDefined();
  for (const [i, [x, y, confidence]] of expected.keypoints.entries()) {
    const [gotX, gotY, got] = actual!.keypoints[i];
    expect(got, keypointNames[i]).toBe(confidence);
    expect(gotX, `x of ${keypointNames[i]}`).toBeCloseTo(x, 4);
    expect(gotY, `y of ${keypointNames[i]}`).toBeCloseTo(y, 4);
  }
}

function moved(pose: Pose, move: (x: number, y: number) => [number, number]): Pose {
  return { keypoints: pose.keypoints.map(([x, y, c]) => (c > 0 ? [...move(x, y), c] : [0, 0, 0])) };
}

function expectJoined(group: GroupNode, frame: FrameNode) {
  const named = new Map(group.children.map((node) => [node.name, node as SceneNode]));
  for (const { from, to } of limbs) {
    const line = named.get(`${keypointNames[from]} to ${keypointNames[to]}`);
    if (!line) continue;
    const ends = endsIn(line, fromPage(frame));
    for (const [i, joint] of [from, to].entries()) {
      const [x, y] = middleIn(named.get(keypointNames[joint])!, fromPage(frame));
      expect(Math.hypot(ends[i][0] - x, ends[i][1] - y), line.name).toBeLessThan(0.2);
    }
  }
}

describe('a person as layers', () => {
  it('has a joint for every keypoint that is there, and limbs between these', () => {
    const { group } = scene();
    expect(group.children.filter(({ type }) => type === 'ELLIPSE')).toHaveLength(16);
    expect(group.children.filter(({ type }) => type === 'LINE')).toHaveLength(15);
  });

  it('comes back as it was drawn', () => {
    const { frame } = scene();
    const [read, ...more] = readSkeletons(frame);
    expect(more).toEqual([]);
    expectPose(read.pose, standing);
    expect(read.notes).toEqual([]);
  });

  it('comes back moved, turned and renamed', () => {
    const { frame, group } = scene();
    group.x += 30;
    group.y -= 10;
    for (const node of group.children) node.name = 'layer';
    expectPose(
      readSkeletons(frame)[0].pose,
      moved(standing, (x, y) => [x + 30, y - 10]),
    );
    const [[, , left], [, , top]] = group.relativeTransform;
    group.rotation = -90;
    const turned = moved(standing, (x, y) => [left - (y - 10 - top), top + (x + 30 - left)]);
    expectPose(readSkeletons(frame)[0].pose, turned);
  });

  it('comes back scaled', () => {
    const { frame, group } = scene();
    const { x: left, y: top } = group;
    group.resize(group.width * 2, group.height * 2);
    expectPose(
      readSkeletons(frame)[0].pose,
      moved(standing, (x, y) => [left + 2 * (x - left), top + 2 * (y - top)]),
    );
  });

  it('comes back mirrored with left and right changed, or turned around', () => {
    const { frame, group, flip } = scene();
    const middle = group.x + group.width / 2;
    flip(group);
    const [read] = readSkeletons(frame);
    expect(read.isReflected).toBe(true);
    expectPose(read.pose, mirrorPose(standing, 2 * middle));
    expectPose(
      readSkeletons(frame, { reflection: 'turn' })[0].pose,
      moved(standing, (x, y) => [2 * middle - x, y]),
    );
  });

  it('does not take a mirrored frame for a mirrored person', () => {
    const { frame, flip } = scene();
    flip(frame);
    expectPose(readSkeletons(frame)[0].pose, standing);
  });

  it('is read in a turned frame, a component and an instance', () => {
    const { frame, group, figma } = scene();
    frame.rotation = 33;
    expectPose(readSkeletons(frame)[0].pose, standing);
    const component = figma.createComponent();
    component.appendChild(group);
    component.x = 500;
    const instance = component.createInstance();
    instance.rotation = 20;
    expectPose(readSkeletons(instance)[0].pose, standing);
  });

  it('is read without limbs, and without a deleted joint', () => {
    const { frame, group, part } = scene();
    for (const node of group.children) if (node.type === 'LINE') node.remove();
    expectPose(readSkeletons(frame)[0].pose, standing);
    part('nose').remove();
    expect(readSkeletons(frame)[0].pose?.keypoints[0]).toEqual([0, 0, 0]);
  });

  it('is two people when duplicated', () => {
    const { frame, group } = scene();
    const twin = group.clone();
    frame.appendChild(twin);
    twin.x += 50;
    const [one, two] = readSkeletons(frame);
    expectPose(one.pose, standing);
    expectPose(
      two.pose,
      moved(standing, (x, y) => [x + 50, y]),
    );
  });

  it('says that it was flattened, and what it was', () => {
    const { frame, group, figma } = scene();
    figma.flatten(
      group.children.filter(({ name }) => name !== 'nose'),
      group,
    );
    group.children.find(({ name }) => name === 'nose')?.remove();
    const [read] = readSkeletons(frame);
    expect(read.isFlattened).toBe(true);
    expect(read.notes[0]).toContain('flattened');
    expect(read.pose?.keypoints).toHaveLength(17);
  });

  it('keeps hands while it moves as a whole, and says when it cannot', () => {
    const left = Array.from({ length: 21 }, (_, i) => [150 + i, 190, 1] as const);
    const { frame, group, part } = scene({ ...standing, hands: { left } });
    group.x += 5;
    const [read] = readSkeletons(frame);
    expect(read.pose?.hands?.left?.[3][0]).toBeCloseTo(158, 4);
    part('left_elbow').y += 9;
    const [posed] = readSkeletons(frame);
    expect(posed.pose?.hands).toBeUndefined();
    expect(posed.notes[0]).toContain('hands and face');
  });
});

describe('limbs', () => {
  it('follow a joint that is moved, and come to rest', () => {
    const { frame, group, part, page, settle } = scene();
    settle();
    const stop = followLimbs(page);
    part('left_elbow').x += 40;
    expect(settle()).toBeLessThanOrEqual(2);
    expectJoined(group, frame);
    expect(readSkeletons(frame)[0].pose?.keypoints[7][0]).toBeCloseTo(190, 4);
    stop();
  });

  it('take their joints along when moved alone', () => {
    const { frame, group, part, page, settle } = scene();
    settle();
    followLimbs(page);
    part('left_hip to left_knee').x += 12;
    expect(readSkeletons(frame)[0].pose?.keypoints[11][0]).toBeCloseTo(130, 4);
    settle();
    expectJoined(group, frame);
    const { keypoints } = readSkeletons(frame)[0].pose!;
    expect(keypoints[11][0]).toBeCloseTo(130, 4);
    expect(keypoints[13][0]).toBeCloseTo(132, 4);
    expect(keypoints[5][0]).toBeCloseTo(130, 4);
  });

  it('are left alone in instances', () => {
    const { group, figma, page, settle, byHand } = scene();
    const component = figma.createComponent();
    component.appendChild(group);
    const instance = component.createInstance();
    settle();
    followLimbs(page);
    const inside = (instance.children[0] as GroupNode).children.find(
      ({ name }) => name === 'nose',
    ) as FrameNode;
    byHand(() => {
      inside.x += 5;
    });
    expect(settle()).toBe(1);
  });
});
