import { computed, signal } from '@preact/signals';
import { type EditorDocument, followParts, type KeypointState } from '../editor/index.ts';
import { aboutPivot, type Camera, orbited, project, unproject } from '../figure/camera.ts';
import { dragFigure, moveFigure, turnFigure } from '../figure/drag-figure.ts';
import { chestFrame, type Figure, pelvisOfFigure } from '../figure/figure.ts';
import { cameraOf, figuresOfDocument, personOfFigure } from '../figure/figure-document.ts';
import { hiddenJoints } from '../figure/hidden-joints.ts';
import { flipReading } from '../figure/lift-pose.ts';
import { add, subtract, times, type Vector } from '../library/space.ts';
import type { Editing } from './editing.ts';

export type Side = 'front' | 'threeQuarter' | 'side' | 'back';
/** Degrees that the eye goes round whom it looks at, to their left. */
export const sideYaws: Readonly<Record<Side, number>> = { front: 0, threeQuarter: 40, side: 90, back: 180 };

/** A document in space, from which gestures are reckoned. */
export interface SpaceState {
  readonly document: EditorDocument;
  readonly figures: readonly Figure[];
  readonly camera: Camera;
}

/** The document under the hands of a person, in three dimensions: the same document, history and selection. */
export class Space {
  private readonly editing: Editing;
  readonly state;
  /** Of the state that lies still: which joints bodies hide. */
  readonly covered;
  /** What a gesture draws is covered as it was at its beginning. */
  private readonly still = signal<SpaceState | undefined>(undefined);

  constructor(editing: Editing) {
    this.editing = editing;
    this.state = computed((): SpaceState => {
      const document = editing.document.value;
      return { document, figures: figuresOfDocument(document), camera: cameraOf(document) };
    });
    this.covered = computed(() => {
      const { document, figures, camera } = this.still.value ?? this.state.value;
      return hiddenJoints(figures, camera, document.size);
    });
  }

  /** A gesture begins. */
  begin(): SpaceState {
    const state = this.state.peek();
    this.still.value = state;
    return state;
  }

  finish(): void {
    this.editing.finish();
    this.still.value = undefined;
  }

  drop(): void {
    this.editing.drop();
    this.still.value = undefined;
  }

  /** A state of a gesture: the pictures of figures become the document. */
  private preview(
    { document, figures, camera }: SpaceState,
    change: (figure: Figure, id: string) => Figure,
    seenBy: Camera = camera,
  ): void {
    const people = document.people.map((person, i) => {
      const figure = change(figures[i], person.id);
      if (figure === figures[i] && seenBy === camera) return person;
      return personOfFigure(person, figure, seenBy, document.size, followParts);
    });
    this.editing.preview({ ...document, people, camera: seenBy });
  }

  /** Pulls a joint to a place in space, inside human limits. */
  drag(state: SpaceState, id: string, index: number, target: Vector): void {
    const person = state.document.people.find((one) => one.id === id);
    const locked = new Set(person?.keypoints.flatMap(({ isLocked }, i) => (isLocked ? [i] : [])));
    this.preview(state, (figure, whose) =>
      whose === id ? dragFigure(figure, index, target, locked) : figure,
    );
  }

  move(state: SpaceState, ids: readonly string[], by: Vector): void {
    this.preview(state, (figure, id) => (ids.includes(id) ? moveFigure(figure, by) : figure));
  }

  turn(degrees: number): void {
    const ids = this.editing.selectedIds();
    this.once((state) =>
      this.preview(state, (figure, id) => (ids.includes(id) ? turnFigure(figure, degrees) : figure)),
    );
  }

  look(state: SpaceState, camera: Camera): void {
    this.preview(state, (figure) => figure, camera);
  }

  orbit(state: SpaceState, yaw: number, pitch: number): void {
    const { figures } = state;
    if (figures.length === 0) return;
    const middle = times(
      figures.reduce((sum: Vector, figure) => add(sum, pelvisOfFigure(figure)), [0, 0, 0]),
      1 / figures.length,
    );
    const camera = aboutPivot(state.camera, middle);
    this.look(state, orbited(camera, camera.yaw + yaw, camera.pitch + pitch));
  }

  /** To a side of the person who is active. */
  goTo(side: Side): void {
    const state = this.state.peek();
    const figure = state.figures[this.activeIndex(state)];
    if (!figure) return;
    const { camera } = state;
    const yaw = frontYaw(figure) + sideYaws[side];
    this.once(() => this.orbit(state, yaw - camera.yaw, (side === 'threeQuarter' ? 8 : 0) - camera.pitch));
  }

  /** The side from which the active person is seen, when it is one of the four. */
  sideOf(state: SpaceState): Side | undefined {
    const figure = state.figures[this.activeIndex(state)];
    if (!figure || Math.abs(state.camera.pitch) > 20) return undefined;
    const away = state.camera.yaw - frontYaw(figure);
    return (Object.keys(sideYaws) as Side[]).find((side) => {
      const off = ((((away - sideYaws[side] + 180) % 360) + 360) % 360) - 180;
      return Math.abs(off) < 12;
    });
  }

  private activeIndex({ document }: SpaceState): number {
    const active = this.editing.active.peek();
    return document.people.findIndex(({ id }) => id === active?.id);
  }

  /** The other reading of a limb; nothing moves in the picture. @returns whether there was one */
  flip(id: string, index: number): boolean {
    const { camera, figures, document } = this.state.peek();
    const at = document.people.findIndex((person) => person.id === id);
    if (at < 0 || (index > 4 && (index < 7 || (index > 10 && index < 13)))) return false;
    const flipped = flipReading(figures[at], index, camera, document.size);
    this.editing.apply((now) => ({
      ...now,
      camera,
      people: now.people.map((person) => (person.id === id ? { ...person, figure: flipped } : person)),
    }));
    return true;
  }

  /** Moves a joint by pixels of the picture, or nearer. */
  nudge(id: string, index: number, dx: number, dy: number, nearer: number): void {
    this.once((state) => {
      const at = state.document.people.findIndex((person) => person.id === id);
      if (at >= 0) this.drag(state, id, index, shifted(state, state.figures[at][index], dx, dy, nearer));
    });
  }

  nudgePeople(dx: number, dy: number, nearer: number): void {
    const ids = this.editing.selectedIds();
    this.once((state) => {
      const origin: Vector = [0, 0, 0];
      this.move(state, ids, subtract(shifted(state, origin, dx, dy, nearer), origin));
    });
  }

  /** Joints whose state differs from what bodies hide. */
  offered(): number {
    const covered = this.covered.value;
    return this.state.value.document.people.reduce(
      (sum, { keypoints }, i) =>
        sum + keypoints.filter(({ state }, joint) => state !== stateFor(state, covered[i]?.[joint])).length,
      0,
    );
  }

  /** Takes the offer: what bodies hide is hidden, what they do not is shown. */
  hideCovered(): void {
    const covered = this.covered.peek();
    this.editing.apply((document) => ({
      ...document,
      people: document.people.map((person, i) => ({
        ...person,
        keypoints: person.keypoints.map((keypoint, joint) => ({
          ...keypoint,
          state: stateFor(keypoint.state, covered[i]?.[joint]),
        })),
      })),
    }));
  }

  private once(change: (state: SpaceState) => void): void {
    change(this.state.peek());
    this.editing.finish();
  }
}

function stateFor(state: KeypointState, isCovered: boolean | undefined): KeypointState {
  return state === 'deleted' ? state : isCovered ? 'hidden' : 'shown';
}

/** Where the eye sees a person from in front. */
function frontYaw(figure: Figure): number {
  const { forward, up } = chestFrame(figure);
  // Of someone who lies, the chest looks up or down: feet or head say where the front is.
  const level = Math.hypot(forward[0], forward[2]) > 0.2 ? forward : times(up, forward[1] > 0 ? -1 : 1);
  return (Math.atan2(level[0], level[2]) * 180) / Math.PI;
}

/** A place moved as the eye sees it: pixels at its own depth, and nearer. */
export function shifted(
  { camera, document: { size } }: SpaceState,
  place: Vector,
  dx: number,
  dy: number,
  nearer = 0,
): Vector {
  const at = project(camera, size, place);
  return unproject(camera, size, { x: at.x + dx, y: at.y + dy }, at.depth + nearer);
}
