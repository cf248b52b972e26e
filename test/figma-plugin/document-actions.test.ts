import { drawPoses, encodePng, type Pose } from '@stable-pose/core';
import { generateIntoHost, moveWithArea } from '@stable-pose/sdk';
import { markedPicture, plainPicture, StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { GroupNode, RectangleNode, SceneNode } from '../../packages/figma-plugin/src/main/figma.ts';
import { actionsOn } from './support/actions-on.ts';
import { figmaBench } from './support/figma-bench.ts';

const canvas = { width: 128, height: 128 };
const pose = standingPose({ x: 30, y: 10, width: 60, height: 110 });

async function scene(poses: readonly Pose[] = [pose]) {
  const bench = figmaBench();
  const engine = new StubEngine();
  await bench.open({ canvas, poses });
  const { host, simulator } = bench;
  const actions = actionsOn(bench, engine);
  const frame = bench.frame();
  const offers = async () => {
    await actions.look();
    return actions.offers.value.map(({ kind }) => kind);
  };
  /** A picture in the frame, made of whom stands there; the undo history begins after it. */
  const generate = async () => {
    const { target } = await host.readSelection();
    await generateIntoHost(host, engine, {
      request: { prompt: 'a dancer', seed: 7, steps: 1 },
      target,
      from: 'words',
      keepPoses: 'hidden',
    });
    simulator.forgetUndo();
    return frame.children.find(({ type }) => type === 'RECTANGLE') as RectangleNode;
  };
  const person = () => frame.children.find(({ type }) => type === 'GROUP') as GroupNode;
  return { ...bench, engine, actions, frame, offers, generate, person };
}

const imageHashes = (node: RectangleNode) =>
  (node.fills as readonly { readonly imageHash?: string; readonly visible?: boolean }[]).map(
    ({ imageHash, visible = true }) => ({ imageHash, visible }),
  );

describe('a placed picture', () => {
  it('is made again with a moved arm: same request, same rectangle, the old picture below', async () => {
    const { actions, engine, frame, generate, host, offers, person, simulator } = await scene();
    const rectangle = await generate();
    const [{ imageHash: before }] = imageHashes(rectangle);
    const arm = person().children.find(({ name }) => name === 'left_wrist') as SceneNode;
    arm.x += 12;
    simulator.settle();
    simulator.forgetUndo();
    simulator.select([person()]);
    expect(await offers()).toEqual(['again']);
    await actions.again();
    expect(actions.state.value).toEqual({ kind: 'idle' });
    const [first, second] = engine.requests;
    expect(second).toMatchObject({ prompt: 'a dancer', seed: 7 });
    expect(second.poses[0].keypoints[9][0]).toBeGreaterThan(first.poses[0].keypoints[9][0] + 5);
    expect(frame.children.filter(({ type }) => type === 'RECTANGLE')).toHaveLength(1);
    const fills = imageHashes(rectangle);
    expect(fills[0]).toEqual({ imageHash: before, visible: false });
    expect(fills[1].visible).toBe(true);
    expect(fills[1].imageHash).not.toBe(before);
    expect(simulator.undoSteps).toBe(1);
    expect((await host.readSelection()).kind).toBe('skeleton');
    simulator.undo();
    expect(imageHashes(rectangle)).toEqual([{ imageHash: before, visible: true }]);
    expect((await host.readPoses(`node|${frame.id}`)).poses).toHaveLength(1);
  });

  it('has no more than four earlier pictures, comes round to each, each with its request', async () => {
    const { actions, generate, host, offers, simulator } = await scene();
    const rectangle = await generate();
    simulator.select([rectangle]);
    const { target } = await host.readSelection();
    const shown = () => imageHashes(rectangle).find(({ visible }) => visible)?.imageHash;
    const all = [shown()];
    for (let i = 0; i < 6; i++) {
      const picture = plainPicture(canvas.width, canvas.height, [30 * i, 10, 200]);
      const metadata = (await host.readSelection()).placed?.metadata?.replace(
        /"(a dancer|dancer \d)"/,
        `"dancer ${i}"`,
      );
      await host.place({
        target,
        undoName: 'Refill',
        pictures: [
          {
            picture,
            area: { x: 0, y: 0, ...canvas },
            name: `${i}`,
            replace: rectangle.id,
            ...(metadata ? { metadata } : {}),
          },
        ],
      });
      all.push(shown());
    }
    expect(imageHashes(rectangle)).toHaveLength(5);
    expect(await offers()).toContain('former');
    simulator.forgetUndo();
    const seen = [shown()];
    for (let i = 0; i < 5; i++) {
      await actions.bringBackFormer();
      seen.push(shown());
    }
    expect(seen).toEqual([all[6], all[5], all[4], all[3], all[2], all[6]]);
    expect(simulator.undoSteps).toBe(5);
    await actions.bringBackFormer();
    expect((await host.readSelection()).placed?.metadata).toContain('dancer 4');
  });

  it('gives its people back when their layers are gone', async () => {
    const { actions, frame, generate, host, offers, person, simulator } = await scene();
    const rectangle = await generate();
    const before = (await host.readPoses(`node|${frame.id}`)).poses;
    person().remove();
    simulator.forgetUndo();
    simulator.select([rectangle]);
    expect(await offers()).toContain('skeleton');
    await actions.bringBackSkeleton();
    const after = (await host.readPoses(`node|${frame.id}`)).poses;
    expect(after[0].keypoints[9][0]).toBeCloseTo(before[0].keypoints[9][0], 1);
    expect(simulator.undoSteps).toBe(1);
  });

  it('is as it was when it is cancelled or deleted in the middle', async () => {
    const { actions, generate, simulator } = await scene();
    const rectangle = await generate();
    const fills = imageHashes(rectangle);
    simulator.select([rectangle]);
    const cancelled = actions.again();
    actions.cancel();
    await cancelled;
    expect(actions.state.value).toEqual({ kind: 'idle' });
    expect(imageHashes(rectangle)).toEqual(fills);
    expect(simulator.undoSteps).toBe(0);
    const deleted = actions.again();
    rectangle.remove();
    await deleted;
    expect(actions.state.value.kind).toBe('failed');
    expect((actions.state.value as { readonly words: string }).words).toMatch(
      /no longer|Nothing is selected/,
    );
  });

  it('says once what to do where none is selected', async () => {
    const { actions } = await scene();
    await actions.again();
    expect(actions.state.value).toEqual({
      kind: 'failed',
      words:
        'Nothing is selected that was made here. ' +
        'Select a picture that Stable-Pose placed, or the frame that it lies in.',
    });
  });
});

describe('a joint or a limb that is selected', () => {
  it('means the people of its frame, so that a moved arm is drawn with everyone', async () => {
    const others = standingPose({ x: 0, y: 0, width: 20, height: 40 });
    const { frame, host, person, simulator } = await scene([pose, others]);
    const part = (name: string) => person().children.find((node) => node.name === name) as SceneNode;
    simulator.select([part('left_wrist'), part('left_elbow to left_wrist')]);
    const selection = await host.readSelection();
    expect(selection).toMatchObject({ kind: 'canvas', name: frame.name, people: 2, alsoSelected: [] });
    expect(selection.area).toEqual({ x: 0, y: 0, ...canvas });
    // A person who stands in no frame is meant by themselves; another ellipse is a shape as before.
    const { figma, page } = simulator;
    page.appendChild(person());
    const lone = page.children.find(({ type }) => type === 'GROUP') as GroupNode;
    simulator.select([lone.children.find(({ name }) => name === 'nose') as SceneNode]);
    expect(await host.readSelection()).toMatchObject({ kind: 'skeleton', people: 1 });
    const shape = figma.createEllipse();
    frame.appendChild(shape);
    simulator.select([shape]);
    expect((await host.readSelection()).kind).toBe('shape');
  });
});

describe('a photo in a frame', () => {
  it('gets skeletons over its people, beside those that stand there', async () => {
    const { actions, figma, frame, host, offers, simulator } = await (async () => {
      const made = await scene([standingPose({ x: 0, y: 0, width: 20, height: 40 })]);
      return { ...made, figma: made.simulator.figma };
    })();
    const photo = figma.createRectangle();
    frame.appendChild(photo);
    photo.resize(100, 120);
    photo.x = 28;
    photo.y = 8;
    const size = { width: 100, height: 120 };
    const seen = drawPoses([standingPose({ x: 20, y: 10, width: 50, height: 100 })], size);
    const { hash } = figma.createImage(encodePng(seen));
    photo.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
    simulator.forgetUndo();
    simulator.select([photo]);
    expect(await offers()).toEqual(['people']);
    await actions.findPeople();
    expect(actions.state.value).toEqual({ kind: 'idle' });
    const { poses } = await host.readPoses(`node|${frame.id}`);
    expect(poses).toHaveLength(2);
    // The stub sees a person as large as the picture.
    const expected = moveWithArea(
      (await new StubEngine().detectPose(seen)).map((one) => one.pose),
      { x: 0, y: 0, ...size },
      { x: 28, y: 8, ...size },
    );
    expect(poses[1].keypoints[0][0]).toBeCloseTo(expected[0].keypoints[0][0], 1);
    expect(simulator.undoSteps).toBe(1);
  });
});

describe('a flattened skeleton', () => {
  it('is offered to be restored, and is', async () => {
    const { actions, frame, host, offers, person, simulator } = await scene();
    const before = (await host.readPoses(`node|${frame.id}`)).poses[0];
    const group = person();
    simulator.figma.flatten([...group.children], group);
    simulator.forgetUndo();
    simulator.select([frame]);
    expect((await host.readPoses(`node|${frame.id}`)).notes[0]).toContain('flattened');
    expect(await offers()).toEqual(['restore']);
    await actions.restore();
    const { poses, notes } = await host.readPoses(`node|${frame.id}`);
    expect(notes).toEqual([]);
    for (const [i, [x, y]] of before.keypoints.entries()) {
      expect(poses[0].keypoints[i][0]).toBeCloseTo(x, 3);
      expect(poses[0].keypoints[i][1]).toBeCloseTo(y, 3);
    }
    expect(simulator.undoSteps).toBe(1);
  });
});

describe('variants', () => {
  it('are a row of frames beside the first, as one undo step', async () => {
    const { engine, frame, host, simulator } = await scene();
    const { figma, page } = simulator;
    frame.fills = [{ type: 'SOLID', color: { r: 1, g: 0, b: 0 } }];
    const neighbour = figma.createRectangle();
    neighbour.x = frame.x + 200;
    neighbour.y = frame.y + 50;
    simulator.forgetUndo();
    const { placed } = await generateIntoHost(host, engine, {
      request: { prompt: 'a dancer', seed: 7, steps: 1, count: 3 },
      from: 'words',
    });
    expect(placed).toHaveLength(3);
    const frames = page.children.filter(({ type }) => type === 'FRAME');
    expect(frames.map(({ name }) => name)).toEqual(['Scene', 'Scene 2', 'Scene 3']);
    expect(frames.map(({ y }) => y)).toEqual([frame.y, frame.y, frame.y]);
    // To the right of what was there, each of the first one's size.
    expect(frames[1].x).toBe(neighbour.x + neighbour.width + 100);
    expect(frames[2].x).toBe(frames[1].x + canvas.width + 100);
    for (const one of frames) {
      if (one.type !== 'FRAME') throw new Error('No frame.');
      expect([one.width, one.height]).toEqual([canvas.width, canvas.height]);
      expect(one.children.filter(({ type }) => type === 'RECTANGLE')).toHaveLength(1);
    }
    expect(simulator.undoSteps).toBe(1);
    simulator.undo();
    expect(page.children.filter(({ type }) => type === 'FRAME')).toHaveLength(1);
  });
});

describe('a frame that is turned or mirrored', () => {
  it('is read upright, and gets its picture turned with it', async () => {
    for (const change of ['turned', 'mirrored'] as const) {
      const { frame, host, simulator } = await scene([]);
      const { figma } = simulator;
      const picture = markedPicture(canvas.width, canvas.height);
      const rectangle = figma.createRectangle();
      frame.appendChild(rectangle);
      rectangle.resize(canvas.width, canvas.height);
      const { hash } = figma.createImage(encodePng(picture));
      rectangle.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
      if (change === 'turned') frame.rotation = 90;
      else simulator.flip(frame);
      const area = { x: 8, y: 16, width: 64, height: 48 };
      const seen = await host.readPixels(`node|${frame.id}`, { area });
      for (const [x, y] of [
        [3, 5],
        [40, 20],
        [60, 44],
      ]) {
        const wanted = [
          ...picture.data.subarray(picture.channels * ((y + 16) * picture.width + x + 8)),
        ].slice(0, 3);
        const got = [...seen.data.subarray(4 * (y * 64 + x), 4 * (y * 64 + x) + 3)];
        for (let c = 0; c < 3; c++)
          expect(Math.abs(got[c] - wanted[c]), `${change} ${x},${y}`).toBeLessThan(3);
      }
      const [id] = await host.place({
        target: `node|${frame.id}`,
        undoName: 'Place',
        pictures: [{ picture: plainPicture(64, 48, [9, 99, 199]), area, name: 'Part' }],
      });
      const part = await host.readPixels(`node|${frame.id}`, { area });
      expect([...part.data.subarray(4 * (20 * 64 + 30), 4 * (20 * 64 + 30) + 3)]).toEqual([9, 99, 199]);
      const placed = (await figma.getNodeByIdAsync(id)) as RectangleNode;
      expect([placed.x, placed.y]).toEqual([8, 16]);
    }
  });
});

describe('a file of 300 pictures', () => {
  it('offers the picture in front, and reads no more of the others than it must', async () => {
    const { actions, engine, figma, frame, host, offers, simulator } = await (async () => {
      const made = await scene();
      return { ...made, figma: made.simulator.figma };
    })();
    await generateIntoHost(host, engine, {
      request: { prompt: 'a dancer', seed: 7, steps: 1 },
      target: (await host.readSelection()).target,
      from: 'words',
    });
    const first = frame.children.find(({ type }) => type === 'RECTANGLE') as RectangleNode;
    const metadata = first.getPluginData('stable-pose.request');
    for (let i = 1; i < 300; i++) {
      const twin = first.clone();
      frame.appendChild(twin);
      twin.setPluginData('stable-pose.request', metadata.replace('a dancer', `dancer ${i}`));
    }
    simulator.settle();
    simulator.forgetUndo();
    simulator.select([frame]);
    // Whatever follows the changes comes to rest first.
    for (let last = -1; last !== simulator.calls; await new Promise((resolve) => setTimeout(resolve, 50)))
      last = simulator.calls;
    const before = simulator.calls;
    expect(await offers()).toEqual(['again']);
    expect(simulator.calls - before).toBeLessThan(1500);
    await actions.again();
    expect(actions.state.value).toEqual({ kind: 'idle' });
    expect(engine.requests.at(-1)?.prompt).toBe('dancer 299');
    expect(frame.children.filter(({ type }) => type === 'RECTANGLE')).toHaveLength(300);
    expect(simulator.undoSteps).toBe(1);
    expect(figma.currentPage.selection.map(({ id }) => id)).toEqual([frame.id]);
  }, 300_000);
});

describe('a window that is closed in the middle of placing', () => {
  it('leaves the picture whole or not at all', async () => {
    const { frame, host, simulator } = await scene([]);
    const picture = plainPicture(canvas.width, canvas.height, [9, 9, 9]);
    const placing = host.place({
      target: `node|${frame.id}`,
      undoName: 'Place',
      pictures: [1, 2].map((n) => ({ picture, area: { x: 0, y: 0, ...canvas }, name: `${n}` })),
      poses: { poses: [pose], isVisible: false },
    });
    simulator.close();
    await placing;
    const groups = frame.children.filter(({ type }) => type === 'GROUP');
    expect(groups).toHaveLength(1);
    expect(simulator.undoSteps).toBe(1);
    simulator.undo();
    expect(frame.children).toEqual([]);
  });
});
