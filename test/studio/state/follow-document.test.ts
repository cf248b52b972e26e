import { FakeHost, StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import { movePerson, posesOfDocument } from '../../../packages/studio/src/editor/index.ts';
import { Studio } from '../../../packages/studio/src/state/studio.ts';

const canvas = { width: 256, height: 256 };
const one = standingPose({ x: 10, y: 10, width: 80, height: 200 });
const other = standingPose({ x: 120, y: 20, width: 80, height: 200 });

async function open() {
  const host = new FakeHost();
  host.open({ canvas });
  const studio = new Studio({ host, engine: new StubEngine(), language: 'en' });
  const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 60_000 });
  await eventually(() => studio.engineState.value.kind).toBe('ready');
  await eventually(() => studio.isStarted.value).toBe(true);
  const { target } = await host.readSelection();
  const wrist = (i = 0) => posesOfDocument(studio.editing.document.value)[i]?.keypoints[10];
  return { host, studio, target, wrist, eventually };
}

describe('the panel beside a document with people', () => {
  it('follows whoever is moved there, and stays as it is when somebody was moved here last', async () => {
    const { host, studio, target, wrist, eventually } = await open();
    await host.placePoses(target, [one]);
    await eventually(() => wrist()).toEqual(one.keypoints[10]);
    expect(posesOfDocument(studio.editing.document.value)).toHaveLength(1);
    // Undo brings back who stood here before.
    expect(studio.editing.canUndo.value).toBe(true);
    studio.editing.apply((document) => ({
      ...document,
      people: document.people.map((person) => movePerson(person, 7, 0)),
    }));
    const moved = wrist();
    host.select({ kind: 'canvas' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(wrist()).toEqual(moved);
    await host.placePoses(target, [one, other]);
    await eventually(() => wrist(1)).toEqual(other.keypoints[10]);
    expect(wrist()).toEqual(one.keypoints[10]);
    await studio.close();
  });

  it('puts a picture of another part away when people of the document come, and leaves those alone that are moved over it', async () => {
    const { host, studio, target, wrist, eventually } = await open();
    host.select({ kind: 'area', area: { x: 0, y: 0, width: 128, height: 256 } });
    await eventually(() => studio.hostSelection.value?.area?.width).toBe(128);
    studio.change({ prompt: 'a dancer', steps: 1 });
    studio.generate();
    await eventually(() => studio.gallery.results.value.length).toBe(1);
    const [result] = studio.gallery.results.value;
    await studio.place([result]);
    expect(studio.shownResultId.value).toBe(result.id);
    studio.repose(result);
    const before = wrist();
    await host.placePoses(target, [one]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(wrist()).toEqual(before);
    expect(studio.shownResultId.value).toBe(result.id);
    studio.reposedId.value = undefined;
    host.select({ kind: 'canvas' });
    await eventually(() => wrist()).toEqual(one.keypoints[10]);
    expect(studio.shownResultId.value).toBeUndefined();
    await studio.close();
  });

  it('puts everyone into the document, and variants together, in a step each', async () => {
    const { host, studio, target, wrist, eventually } = await open();
    const steps = host.undoNames.length;
    await studio.putPeople();
    expect(host.undoNames.length).toBe(steps + 1);
    const { poses } = await host.readPoses(target);
    expect(poses[0].keypoints[10][0]).toBeCloseTo(wrist()![0], 3);
    studio.change({ prompt: 'a dancer', count: 2, steps: 1 });
    studio.generate();
    await eventually(() => studio.gallery.results.value.length).toBe(2);
    const [latest] = studio.gallery.results.value;
    const variants = studio.variantsOf(latest);
    expect(variants.at(-1)?.id).toBe(latest.id);
    await studio.place(variants);
    expect(host.undoNames.length).toBe(steps + 2);
    expect(host.document.layers).toHaveLength(2);
    studio.remove(latest);
    expect(studio.variantsOf(variants[0])).toHaveLength(1);
    await studio.close();
  });
});
