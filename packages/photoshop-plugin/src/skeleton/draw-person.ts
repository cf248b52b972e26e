import { keypointNames, limbs, type Pose, StablePoseError } from '@stable-pose/core';
import { writeLayerSetting } from '../host/layer-settings.ts';
import type {
  ActionCommand,
  ActionResult,
  Photoshop,
  PhotoshopDocument,
  PhotoshopLayer,
} from '../photoshop/photoshop.ts';
import { personProperty, writeRecord } from './person-record.ts';
import {
  activeLayerId,
  activeShapePath,
  type Colour,
  circleCommands,
  lineCommands,
  type Point,
} from './shape-commands.ts';
import { pathMiddle } from './shape-path.ts';

export interface PersonDrawing {
  /** Of the group. */
  readonly name: string;
  /** Of limbs, document pixels; joints are 1.6 times as wide. */
  readonly lineWidth: number;
  readonly isVisible: boolean;
  /** The artboard that it belongs to. */
  readonly inside?: PhotoshopLayer;
  /** Groups that it must not lie in: where a group is active, new layers may come into it. */
  readonly isForeign: (group: PhotoshopLayer) => boolean;
}

export function limbName(index: number): string {
  const { from, to } = limbs[index];
  return `${keypointNames[from]} to ${keypointNames[to]}`;
}

/**
 * One person as native layers, inside a modal scope: a group with a line for every limb whose two joints are there, and a
 * circle for every joint above them, in Stable-Pose's colours and named after COCO. Absent keypoints have no layer.
 * @param pose document pixels; one keypoint or more present
 */
export async function drawPerson(
  { action }: Photoshop,
  document: PhotoshopDocument,
  pose: Pose,
  { name, lineWidth, isVisible, inside, isForeign }: PersonDrawing,
): Promise<PhotoshopLayer> {
  const commands: ActionCommand[] = [];
  const ids: number[] = [];
  const joints: { readonly index: number; readonly at: number }[] = [];
  for (const [index, { from, to, colour }] of limbs.entries()) {
    const [a, b] = [pose.keypoints[from], pose.keypoints[to]];
    if (!(a[2] > 0 && b[2] > 0)) continue;
    commands.push(
      ...lineCommands(
        { name: limbName(index), colour: colour as Colour },
        [a[0], a[1]],
        [b[0], b[1]],
        lineWidth,
      ),
    );
    ids.push(commands.push(activeLayerId) - 1);
  }
  for (const [index, [x, y, confidence]] of pose.keypoints.entries()) {
    if (!(confidence > 0)) continue;
    commands.push(
      ...circleCommands({ name: keypointNames[index], colour: colourOf(index) }, [x, y], lineWidth * 0.8),
    );
    ids.push(commands.push(activeLayerId) - 1);
    joints.push({ index, at: ids[ids.length - 1] });
    commands.push(activeShapePath);
  }
  // One call for everything: each of its own would cost a way to Photoshop and back.
  const results = await action.batchPlay(commands, {});
  for (const result of results) throwIfError(result);
  const layerIds = ids.map((at) => Number(results[at].layerID));
  await select(action, layerIds);
  const group = await document.createLayerGroup({ name, fromLayers: document.activeLayers });
  if (group === null) throw new StablePoseError('host-failed', 'Photoshop made no group for a skeleton.');
  const record = {
    pose,
    joints: joints.map(({ index, at }) => {
      const [x, y] = pose.keypoints[index];
      const place: Point = pathMiddle(results[at + 1], document.resolution) ?? [x, y];
      return { layerId: Number(results[at].layerID), index, place };
    }),
  };
  await writeLayerSetting(
    action,
    { documentId: document.id, layerId: group.id },
    personProperty,
    writeRecord(record),
  );
  let around: PhotoshopLayer | undefined;
  for (let above = group.parent; above; above = above.parent) if (isForeign(above)) around = above;
  if (around) group.move(around, 'placeBefore');
  if (inside && group.parent?.id !== inside.id) group.move(inside, 'placeInside');
  if (!isVisible) group.visible = false;
  return group;
}

/** Layers that were made one after the other lie one above the other: the first, and all up to the last. */
async function select(action: Photoshop['action'], ids: readonly number[]): Promise<void> {
  const pick = (id: number, more: object) => ({
    _obj: 'select',
    _target: [{ _ref: 'layer', _id: id }],
    makeVisible: false,
    ...more,
  });
  const last = ids[ids.length - 1];
  const commands = [pick(ids[0], {})];
  if (last !== ids[0])
    commands.push(
      pick(last, {
        selectionModifier: { _enum: 'selectionModifierType', _value: 'addToSelectionContinuous' },
      }),
    );
  for (const result of await action.batchPlay(commands, {})) throwIfError(result);
}

function throwIfError(result: ActionResult | undefined): void {
  if (result?._obj === 'error') throw new Error(String(result.message ?? 'A shape could not be drawn.'));
}

function colourOf(joint: number): Colour {
  return (limbs.find(({ from, to }) => to === joint || from === joint)?.colour ?? [255, 255, 255]) as Colour;
}
