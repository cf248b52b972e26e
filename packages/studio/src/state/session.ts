import { checkPoses, StablePoseError } from '@stable-pose/core';
import type { HostStore } from '@stable-pose/sdk';
import type { EditorDocument, EditorKeypoint, Person } from '../editor/index.ts';
import type { Camera } from '../figure/camera.ts';
import { emptyForm, type RequestForm } from './request-form.ts';

/** What comes back when the page is opened again. Plain JSON. */
export interface KeptSession {
  readonly version: 1;
  readonly document: EditorDocument;
  readonly form: RequestForm;
  readonly preferences: Preferences;
}

export interface Preferences {
  readonly theme: 'host' | 'light' | 'dark';
  /** Undefined: the browser's. */
  readonly language?: string;
  /** Skeletons stay visible beside the pictures that are placed. */
  readonly leavesSkeleton?: boolean;
}

const name = 'session.json';

/** Undefined when there is none, or when it cannot be read: a session is never worth an error at the start. */
export async function readSession(store: HostStore): Promise<KeptSession | undefined> {
  const bytes = await store.read(name);
  if (!bytes) return undefined;
  try {
    const kept = JSON.parse(new TextDecoder().decode(bytes)) as KeptSession;
    if (kept.version !== 1) return undefined;
    const { size, people } = kept.document;
    if (![size.width, size.height].every((side) => Number.isInteger(side) && side >= 64 && side <= 8192)) {
      return undefined;
    }
    checkPoses(people.map(placesOf), { allowNobody: true });
    const theme = ['light', 'dark'].includes(kept.preferences?.theme) ? kept.preferences.theme : 'host';
    return {
      version: 1,
      document: { size, people: people.map(soundPerson), ...soundCamera(kept.document.camera) },
      form: { ...emptyForm, ...kept.form },
      preferences: { ...kept.preferences, theme },
    };
  } catch {
    return undefined;
  }
}

/** @throws what the store throws */
export async function writeSession(store: HostStore, session: KeptSession): Promise<void> {
  await store.write(name, new TextEncoder().encode(JSON.stringify(session, shorter)));
}

/** Places to a hundredth of a pixel: a session of ten people is some kilobytes. */
function shorter(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Math.round(value * 1000) / 1000 : value;
}

function placesOf(person: Person): unknown {
  return {
    keypoints: person.keypoints.map(({ x, y, confidence }) => [x, y, confidence]),
    ...(person.hands ? { hands: person.hands } : {}),
    ...(person.face ? { face: person.face } : {}),
  };
}

function soundPerson(person: Person): Person {
  if (typeof person.id !== 'string' || person.origin.length !== 17) {
    throw new StablePoseError('invalid-input', 'The kept person has no id or no origin.');
  }
  const { figure, ...rest } = person;
  return {
    ...rest,
    ...(figure?.length === 17 && figure.every(isVector) ? { figure } : {}),
    keypoints: person.keypoints.map((k): EditorKeypoint => {
      const state = k.state === 'hidden' || k.state === 'deleted' ? k.state : 'shown';
      return { ...k, state, isLocked: k.isLocked === true };
    }),
  };
}

const isVector = (value: unknown) =>
  Array.isArray(value) && value.length === 3 && value.every((part) => Number.isFinite(part));

/** A camera that is not whole is none: figures are lifted anew. */
function soundCamera(camera: Camera | undefined): { readonly camera?: Camera } {
  if (!camera) return {};
  const { yaw, pitch, fieldOfView, pivot, at } = camera;
  const isSound = [yaw, pitch].every(Number.isFinite) && fieldOfView >= 10 && fieldOfView <= 80;
  return isSound && isVector(pivot) && isVector(at) ? { camera } : {};
}
