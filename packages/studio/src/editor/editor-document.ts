import type { Size } from '@stable-pose/core';
import type { Camera } from '../figure/camera.ts';
import type { Person } from './person.ts';

/** What is posed: the picture's size, and the people from back to front. Never changed in place; plain JSON. */
export interface EditorDocument {
  readonly size: Size;
  readonly people: readonly Person[];
  /** From where figures are seen; absent until something was done in space. */
  readonly camera?: Camera;
}

/** The document with one person replaced; unchanged when nobody has the id. */
export function withPerson(document: EditorDocument, person: Person): EditorDocument {
  return {
    ...document,
    people: document.people.map((other) => (other.id === person.id ? person : other)),
  };
}

export function findPerson(document: EditorDocument, id: string): Person | undefined {
  return document.people.find((person) => person.id === id);
}
