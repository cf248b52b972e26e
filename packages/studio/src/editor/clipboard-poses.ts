import { readPoses, scalePoses, writePoses } from '@stable-pose/core';
import type { EditorDocument } from './editor-document.ts';
import { findPerson } from './editor-document.ts';
import type { Person } from './person.ts';
import { personOfPose, poseOfPerson } from './person-of-pose.ts';

/** People as JSON text of our own form, for the clipboard and for files. Those without a keypoint are left out. */
export function copyPeople(document: EditorDocument, ids: readonly string[]): string {
  const poses = ids.flatMap((id) => {
    const person = findPerson(document, id);
    return (person && poseOfPerson(person)) ?? [];
  });
  return writePoses(poses, document.size, 'stable-pose').text;
}

/**
 * People of a text in any form that is known, scaled to the document where the text says its own size.
 * @param idOf new ids, one call a person
 * @throws invalid-pose
 */
export function pastePeople(
  text: string,
  document: EditorDocument,
  idOf: () => string,
): { readonly people: readonly Person[]; readonly notes: readonly string[] } {
  const { poses, width, height, notes } = readPoses(text, { size: document.size });
  const scaled =
    width === undefined || height === undefined ? poses : scalePoses(poses, { width, height }, document.size);
  return { people: scaled.map((pose) => personOfPose(pose, idOf())), notes };
}
