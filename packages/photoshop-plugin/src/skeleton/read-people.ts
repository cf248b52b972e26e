import { type Keypoint, keypointNames, mapPose, mirrorPose, type Pose } from '@stable-pose/core/pose';
import type { Photoshop, PhotoshopDocument, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { applyAffine, fitAffine } from './affine-fit.ts';
import type { FoundPerson } from './find-people.ts';
import type { Point } from './shape-commands.ts';
import { pathCommand, pathMiddle } from './shape-path.ts';

export interface ReadPeople {
  /** Document pixels. Undefined for a group that has lost its joints. */
  readonly poses: readonly (Pose | undefined)[];
  /** Sentences, for people. */
  readonly notes: readonly string[];
}

/** Farther than this, in pixels, a joint was moved by itself, and hands and face no longer fit. */
const sameJoint = 0.5;

interface Joint {
  readonly layer: PhotoshopLayer;
  readonly index: number;
}

/**
 * Poses from what is in the document now, whatever was done to the layers: joints moved alone, or the group moved, turned,
 * scaled, skewed, mirrored, renamed, duplicated, its document cropped or resized. Joints say where limbs are; lines are drawn
 * anew. A joint that was hidden or deleted is absent. One call to Photoshop, however many joints.
 */
export async function readPeople(
  { action }: Photoshop,
  document: PhotoshopDocument,
  people: readonly FoundPerson[],
): Promise<ReadPeople> {
  const joints = people.map(jointsOf);
  const layers = joints.flat().map(({ layer }) => layer);
  const commands = layers.map(({ id }) => pathCommand({ documentId: document.id, layerId: id }));
  // A joint that was rasterised has no path: those after it have.
  const results = commands.length > 0 ? await action.batchPlay(commands, { continueOnError: true }) : [];
  const { resolution } = document;
  const places = new Map<number, Point>();
  for (const [i, layer] of layers.entries()) {
    places.set(layer.id, pathMiddle(results[i], resolution) ?? middleOf(layer));
  }
  const notes: string[] = [];
  const poses = people.map((person, i) => readOne(person, joints[i], places, notes));
  return { poses, notes };
}

/** By the record, which knows renamed layers; by the name, which knows those of a duplicate. */
function jointsOf({ group, record }: FoundPerson): readonly Joint[] {
  const known = new Map(record.joints.map(({ layerId, index }) => [layerId, index]));
  const found: Joint[] = [];
  const visit = (layers: readonly PhotoshopLayer[]) => {
    for (const layer of layers) {
      const index =
        known.get(layer.id) ??
        (keypointNames as readonly string[]).indexOf(layer.name.replace(/ copy( \d+)?$/, ''));
      if (index >= 0 && layer.visible && !layer.layers) found.push({ layer, index });
      if (layer.layers) visit(layer.layers);
    }
  };
  visit(group.layers ?? []);
  return found;
}

function readOne(
  { group, record }: FoundPerson,
  joints: readonly Joint[],
  places: ReadonlyMap<number, Point>,
  notes: string[],
): Pose | undefined {
  if (joints.length === 0) {
    notes.push(`"${group.name}" has lost its joints, and cannot be read. Undo what merged or deleted them.`);
    return undefined;
  }
  const drawn = new Map(record.joints.map(({ index, place }) => [index, place]));
  const now = new Map<number, Point>();
  for (const { layer, index } of joints) {
    if (now.has(index)) notes.push(`"${group.name}" has a joint more than once; the one in front counts.`);
    else now.set(index, places.get(layer.id) as Point);
  }
  const common = [...now.keys()].filter((index) => drawn.has(index));
  const fit = fitAffine(
    common.map((index) => drawn.get(index) as Point),
    common.map((index) => now.get(index) as Point),
  );
  const keypoints = keypointNames.map((_, index): Keypoint => {
    const place = now.get(index);
    if (!place) return [0, 0, 0];
    const [x, y, confidence] = record.pose.keypoints[index];
    const was = drawn.get(index);
    if (!was) return [place[0], place[1], 1];
    // What Photoshop rounded away when it was drawn comes back.
    return [place[0] + x - was[0], place[1] + y - was[1], confidence > 0 ? confidence : 1];
  });
  // Everything lies where one movement of the whole would take it.
  const isMovedWhole =
    fit !== undefined &&
    common.every((index) => {
      const [x, y] = applyAffine(fit, drawn.get(index) as Point);
      const [nx, ny] = now.get(index) as Point;
      return Math.hypot(nx - x, ny - y) <= sameJoint;
    });
  let pose: Pose = { keypoints };
  const { hands, face } = record.pose;
  if (hands || face) {
    if (isMovedWhole && common.length === drawn.size) {
      const moved = mapPose(record.pose, (x, y) => applyAffine(fit, [x, y]));
      pose = {
        keypoints,
        ...(moved.hands ? { hands: moved.hands } : {}),
        ...(moved.face ? { face: moved.face } : {}),
      };
    } else {
      notes.push(`"${group.name}" was posed anew: its hands and face, which have no layers, are left out.`);
    }
  }
  if (isMovedWhole && fit.a * fit.d - fit.b * fit.c < 0) {
    // mirrorPose flips and renames; flipped before, what remains is the renaming.
    pose = mirrorPose(
      mapPose(pose, (x, y) => [-x, y]),
      0,
    );
    notes.push(`"${group.name}" is mirrored: left and right changed names.`);
  }
  return pose;
}

/** Of a joint that was rasterised. */
function middleOf({ boundsNoEffects: { left, top, right, bottom } }: PhotoshopLayer): Point {
  return [(left + right) / 2, (top + bottom) / 2];
}
