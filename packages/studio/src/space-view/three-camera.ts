import type { Size } from '@stable-pose/core';
import { PerspectiveCamera, Vector3 } from 'three';
import { type Camera, cameraRotation, eyeDistance, fromEye, transposed } from '../figure/camera.ts';
import type { Viewport } from '../view/viewport.ts';

/**
 * The same camera in three.js: the picture lies on the stage where the viewport puts it, and what is round it is seen too.
 * @param stage CSS pixels
 */
export function threeCamera(
  camera: Camera,
  size: Size,
  { x, y, zoom }: Viewport,
  stage: Size,
  given = new PerspectiveCamera(),
): PerspectiveCamera {
  const distance = eyeDistance(camera, size);
  given.fov = camera.fieldOfView;
  given.aspect = size.width / size.height;
  given.near = distance * 0.05;
  given.far = distance + 40 * Math.max(size.width, size.height);
  const back = transposed(cameraRotation(camera));
  given.position.set(...fromEye(camera, [0, 0, distance]));
  given.up.set(back[0][1], back[1][1], back[2][1]);
  given.lookAt(new Vector3(...fromEye(camera, [0, 0, 0])));
  given.setViewOffset(size.width * zoom, size.height * zoom, -x, -y, stage.width, stage.height);
  given.updateMatrixWorld(true);
  return given;
}
