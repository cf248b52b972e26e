import type { Size } from '@stable-pose/core';
import type { EditorDocument } from '../editor/editor-document.ts';
import type { Person } from '../editor/person.ts';
import { type Camera, firstCamera, project } from './camera.ts';
import type { Figure } from './figure.ts';
import { followPose, liftPose } from './lift-pose.ts';

/** Hundredths of a pixel are what a kept session rounds to. */
const sameWithin = 0.05;

export const cameraOf = ({ camera }: EditorDocument): Camera => camera ?? firstCamera;

/** The person in space: as it was posed there, following what was changed in the plane since; else lifted from the plane. */
export function figureOfPerson(person: Person, camera: Camera, size: Size): Figure {
  const joints = person.keypoints.map(({ x, y, state }) => ({ x, y, isTold: state !== 'deleted' }));
  const { figure } = person;
  if (!figure) return liftPose(joints, camera, size);
  const isSame = figure.every((place, i) => {
    const at = project(camera, size, place);
    return Math.hypot(at.x - joints[i].x, at.y - joints[i].y) < sameWithin;
  });
  return isSame ? figure : followPose(figure, joints, camera, size);
}

export function figuresOfDocument(document: EditorDocument): readonly Figure[] {
  const camera = cameraOf(document);
  return document.people.map((person) => figureOfPerson(person, camera, document.size));
}

/** The person as the camera sees the figure: what goes to the engine. Hands and face follow. */
export function personOfFigure(
  person: Person,
  figure: Figure,
  camera: Camera,
  size: Size,
  follow: (before: Person, after: Person) => Person,
): Person {
  const keypoints = person.keypoints.map((keypoint, i) => {
    const { x, y } = project(camera, size, figure[i]);
    return { ...keypoint, x, y };
  });
  return follow(person, { ...person, keypoints, figure });
}
