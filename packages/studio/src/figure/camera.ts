import type { Size } from '@stable-pose/core';
import {
  add,
  after,
  apply,
  type Rotation,
  rotation,
  subtract,
  type Vector,
  xAxis,
  yAxis,
} from '../library/space.ts';

/**
 * From where the figures are seen. Places in space are pixels of the picture: the origin is its middle, x to the right, y up,
 * z towards us; what lies at z = 0 before the first camera has its place in the picture as it is.
 */
export interface Camera {
  /** How far the eye has gone round, degrees: 0 in front, 90 to the right of who looks from in front. */
  readonly yaw: number;
  /** How far it looks down, degrees. */
  readonly pitch: number;
  /** Of the picture's height, degrees. */
  readonly fieldOfView: number;
  /** What the eye goes round; before the eye it lies at `at`. */
  readonly pivot: Vector;
  readonly at: Vector;
}

export interface Projected {
  /** Pixels of the picture. */
  readonly x: number;
  readonly y: number;
  /** Before the eye, towards it: 0 on the picture's plane. */
  readonly depth: number;
}

export const firstCamera: Camera = { yaw: 0, pitch: 0, fieldOfView: 28, pivot: [0, 0, 0], at: [0, 0, 0] };
export const [leastFieldOfView, mostFieldOfView] = [10, 80];
/** Straight down the figures would turn on their heads. */
export const steepest = 85;

/** From the eye to the picture's plane, in pixels: half the height = distance * tan(half the field of view). */
export function eyeDistance({ fieldOfView }: Camera, { height }: Size): number {
  return height / 2 / Math.tan((fieldOfView * Math.PI) / 360);
}

export function cameraRotation({ yaw, pitch }: Camera): Rotation {
  return after(rotation(xAxis, pitch), rotation(yAxis, -yaw));
}

/** The way back. */
export function transposed(r: Rotation): Rotation {
  const column = (i: 0 | 1 | 2): Vector => [r[0][i], r[1][i], r[2][i]];
  return [column(0), column(1), column(2)];
}

/** x, y as in the picture from its middle (y up), z towards the eye. */
export function toEye(camera: Camera, place: Vector): Vector {
  return add(apply(cameraRotation(camera), subtract(place, camera.pivot)), camera.at);
}

export function fromEye(camera: Camera, place: Vector): Vector {
  return add(apply(transposed(cameraRotation(camera)), subtract(place, camera.at)), camera.pivot);
}

/** Nothing comes nearer to the eye than this share of its distance from the picture's plane. */
const nearest = 0.05;

/** x = X d / (d - z), with d the eye's distance: perspective onto the plane z = 0. */
export function projectEye([x, y, z]: Vector, distance: number, size: Size): Projected {
  const scale = distance / Math.max(distance - z, distance * nearest);
  return { x: size.width / 2 + x * scale, y: size.height / 2 - y * scale, depth: z };
}

export function project(camera: Camera, size: Size, place: Vector): Projected {
  return projectEye(toEye(camera, place), eyeDistance(camera, size), size);
}

/** The place before the eye that is seen at a point of the picture and has a depth. */
export function eyeAt(
  point: { readonly x: number; readonly y: number },
  depth: number,
  distance: number,
  size: Size,
): Vector {
  const share = Math.max(distance - depth, distance * nearest) / distance;
  return [(point.x - size.width / 2) * share, (size.height / 2 - point.y) * share, depth];
}

/** The place in space that is seen at a point of the picture and has a depth. */
export function unproject(
  camera: Camera,
  size: Size,
  point: { readonly x: number; readonly y: number },
  depth: number,
): Vector {
  return fromEye(camera, eyeAt(point, depth, eyeDistance(camera, size), size));
}

/** The same view, going round another place. */
export function aboutPivot(camera: Camera, pivot: Vector): Camera {
  return { ...camera, pivot, at: toEye(camera, pivot) };
}

/** Goes round the pivot: to a yaw, and to a pitch that stays short of straight up and down. */
export function orbited(camera: Camera, yaw: number, pitch: number): Camera {
  const turned = ((((yaw + 180) % 360) + 360) % 360) - 180;
  return { ...camera, yaw: turned, pitch: Math.max(-steepest, Math.min(steepest, pitch)) };
}
