import { computed, signal } from '@preact/signals';
import { maxPeople, type Pose, type Size } from '@stable-pose/core';
import {
  beginHistory,
  centreOf,
  changeKeypoints,
  commit,
  copyPeople,
  type EditHistory,
  type EditorDocument,
  findPerson,
  type KeypointSelection,
  type KeypointState,
  keepExisting,
  keepParts,
  limbOf,
  mirrorPerson,
  movePerson,
  nothingSelected,
  type OrderStep,
  type Person,
  pastePeople,
  personBounds,
  personOfPose,
  redo,
  reorder,
  resetLimb,
  resetPerson,
  scalePerson,
  selectKeypoint,
  selectPeople,
  swapSides,
  turnPerson,
  undo,
  withPerson,
} from '../editor/index.ts';

/** The document under the hands of a person: history, selection, and the gesture that is under way. */
export class Editing {
  readonly history;
  /** What a gesture shows before it is done. */
  readonly draft = signal<EditorDocument | undefined>(undefined);
  readonly document;
  readonly selection = signal<KeypointSelection>(nothingSelected);
  /** The person whose numbers are shown: the last one who was touched. */
  readonly activeId = signal<string | undefined>(undefined);
  readonly active;
  readonly canUndo;
  readonly canRedo;
  private nextId = 1;

  constructor(size: Size) {
    this.history = signal<EditHistory<EditorDocument>>(beginHistory({ size, people: [] }));
    this.document = computed(() => this.draft.value ?? this.history.value.present);
    this.active = computed(() => {
      const { people } = this.document.value;
      return people.find(({ id }) => id === this.activeId.value) ?? people.at(-1);
    });
    this.canUndo = computed(() => this.history.value.past.length > 0);
    this.canRedo = computed(() => this.history.value.future.length > 0);
  }

  /** A new id in this document and its history. */
  newId(): string {
    const taken = new Set(this.document.peek().people.map(({ id }) => id));
    let id = `person-${this.nextId++}`;
    while (taken.has(id)) id = `person-${this.nextId++}`;
    return id;
  }

  /** One step. */
  apply(change: (document: EditorDocument) => EditorDocument): void {
    const next = change(this.history.peek().present);
    this.draft.value = undefined;
    this.history.value = commit(this.history.peek(), next);
    this.selection.value = keepExisting(this.selection.peek(), next);
  }

  /** Shows a state of a gesture; `finish` makes it a step, `drop` forgets it. */
  preview(document: EditorDocument): void {
    this.draft.value = document;
  }

  finish(): void {
    const { draft } = this;
    const next = draft.peek();
    if (next) this.apply(() => next);
  }

  drop(): void {
    this.draft.value = undefined;
  }

  undo(): void {
    this.step(undo);
  }

  redo(): void {
    this.step(redo);
  }

  private step(way: typeof undo): void {
    this.drop();
    this.history.value = way(this.history.peek());
    this.selection.value = keepExisting(this.selection.peek(), this.history.peek().present);
  }

  /** Begins anew, without a way back: another document, or the one of last time. */
  load(document: EditorDocument): void {
    this.drop();
    this.history.value = beginHistory(document);
    this.selection.value = nothingSelected;
  }

  get isFull(): boolean {
    return this.document.value.people.length >= maxPeople;
  }

  selectPerson(id: string): void {
    this.activeId.value = id;
    this.selection.value = selectPeople([id]);
  }

  selectKeypoint(id: string, index: number): void {
    this.activeId.value = id;
    this.selection.value = selectKeypoint(id, index);
  }

  selectAll(): void {
    this.selection.value = selectPeople(this.document.peek().people.map(({ id }) => id));
  }

  clearSelection(): void {
    this.selection.value = nothingSelected;
  }

  /** @returns how many came in: there is room for ten */
  addPoses(poses: readonly Pose[]): number {
    return this.addPeople(poses.map((pose) => personOfPose(pose, this.newId())));
  }

  addPeople(people: readonly Person[]): number {
    const room = maxPeople - this.document.peek().people.length;
    const coming = people.slice(0, Math.max(0, room));
    if (coming.length === 0) return 0;
    this.apply((document) => ({ ...document, people: [...document.people, ...coming] }));
    this.activeId.value = coming[coming.length - 1].id;
    this.selection.value = selectPeople(coming.map(({ id }) => id));
    return coming.length;
  }

  /** Others in place of everyone who is there, as one step; the first takes the place of the first, so that the focus stays. */
  replacePoses(poses: readonly Pose[]): void {
    const ids = this.document.peek().people.map(({ id }) => id);
    const people = poses.slice(0, maxPeople).map((pose, i) => personOfPose(pose, ids[i] ?? this.newId()));
    this.apply((document) => ({ ...document, people }));
  }

  /** A new skeleton for a person who is there, at their place, of their size, with their hands and face; its reset goes to it. */
  replacePose(id: string, pose: Pose): void {
    const old = findPerson(this.document.peek(), id);
    const from = old && personBounds([old]);
    const fresh = personOfPose(pose, id);
    const to = personBounds([fresh]);
    if (!from || !to) return;
    const [a, b] = [centreOf(from), centreOf(to)];
    const scale = Math.max(from.bottom - from.top, 1) / Math.max(to.bottom - to.top, 1);
    const reach = Math.max(from.right - from.left, from.bottom - from.top) / Math.max(to.right - to.left, 1);
    const sized = scalePerson(fresh, b, Math.min(scale, Math.max(reach, 0.05)));
    const placed = movePerson(sized, a.x - b.x, a.y - b.y);
    const origin = placed.keypoints.map(({ x, y }) => ({ x, y }));
    this.apply((document) => withPerson(document, { ...keepParts(old, placed), origin }));
  }

  removePeople(ids: readonly string[] = this.selectedIds()): void {
    if (ids.length === 0) return;
    this.apply((document) => ({
      ...document,
      people: document.people.filter(({ id }) => !ids.includes(id)),
    }));
  }

  duplicate(): void {
    const { people, size } = this.document.peek();
    const by = size.width / 12;
    this.addPeople(
      people
        .filter(({ id }) => this.selectedIds().includes(id))
        .map((person) => movePerson({ ...person, id: this.newId() }, by, 0)),
    );
  }

  /** Of whom something is selected; else who is active. */
  selectedIds(): readonly string[] {
    const ids = [...this.selection.peek().keys()];
    const active = this.active.peek();
    return ids.length > 0 ? ids : active ? [active.id] : [];
  }

  /** Changes people of whom something is selected, as one step. */
  private changePeople(change: (person: Person) => Person): void {
    const ids = this.selectedIds();
    if (ids.length === 0) return;
    this.apply((document) => ({
      ...document,
      people: document.people.map((person) => (ids.includes(person.id) ? change(person) : person)),
    }));
  }

  /** Changes selected keypoints, as one step. */
  private changeSelected(change: Parameters<typeof changeKeypoints>[2]): void {
    const selection = this.selection.peek();
    if (selection.size === 0) return;
    this.apply((document) => ({
      ...document,
      people: document.people.map((person) => {
        const indexes = selection.get(person.id);
        return indexes ? changeKeypoints(person, indexes, change) : person;
      }),
    }));
  }

  mirror(): void {
    this.changePeople((person) => {
      const bounds = personBounds([person]);
      return bounds ? mirrorPerson(person, centreOf(bounds).x) : person;
    });
  }

  swapSides(): void {
    this.changePeople((person) => swapSides(person));
  }

  turn(degrees: number): void {
    this.changePeople((person) => {
      const bounds = personBounds([person]);
      return bounds ? turnPerson(person, centreOf(bounds), (degrees * Math.PI) / 180) : person;
    });
  }

  scale(factor: number): void {
    this.changePeople((person) => {
      const bounds = personBounds([person]);
      return bounds ? scalePerson(person, centreOf(bounds), factor) : person;
    });
  }

  /** Selected keypoints; a person as a whole takes hands and face along. */
  nudge(dx: number, dy: number): void {
    const selection = this.selection.peek();
    this.apply((document) => ({
      ...document,
      people: document.people.map((person) => movedBy(person, selection, dx, dy)),
    }));
  }

  setState(state: KeypointState): void {
    this.changeSelected((keypoint) => ({ ...keypoint, state }));
  }

  /** Hidden where something was shown, else shown. */
  toggleHidden(): void {
    const isShown = this.someSelected(({ state }) => state === 'shown');
    this.changeSelected((keypoint) =>
      keypoint.state === 'deleted' ? keypoint : { ...keypoint, state: isShown ? 'hidden' : 'shown' },
    );
  }

  toggleLocked(): void {
    const isOpen = this.someSelected(({ isLocked }) => !isLocked);
    this.changeSelected((keypoint) => ({ ...keypoint, isLocked: isOpen }));
  }

  private someSelected(test: (keypoint: Person['keypoints'][number]) => boolean): boolean {
    const selection = this.selection.peek();
    return this.document
      .peek()
      .people.some(({ id, keypoints }) => keypoints.some((k, i) => selection.get(id)?.has(i) && test(k)));
  }

  /** Brings back what was deleted of the people who are selected. */
  restore(): void {
    this.changePeople((person) => ({
      ...person,
      keypoints: person.keypoints.map((k) => (k.state === 'deleted' ? { ...k, state: 'shown' as const } : k)),
    }));
  }

  resetLimbs(): void {
    const selection = this.selection.peek();
    this.apply((document) => ({
      ...document,
      people: document.people.map((person) =>
        [...(selection.get(person.id) ?? [])].reduce((reset, index) => resetLimb(reset, index), person),
      ),
    }));
  }

  resetPeople(): void {
    this.changePeople(resetPerson);
  }

  resetAll(): void {
    this.apply((document) => ({ ...document, people: document.people.map(resetPerson) }));
  }

  reorder(step: OrderStep): void {
    const [id] = this.selectedIds();
    if (id) this.apply((document) => reorder(document, id, step));
  }

  changeKeypoint(id: string, index: number, change: Partial<Person['keypoints'][number]>): void {
    const person = findPerson(this.document.peek(), id);
    if (!person) return;
    this.apply((document) =>
      withPerson(
        document,
        changeKeypoints(person, new Set([index]), (k) => ({ ...k, ...change })),
      ),
    );
  }

  selectLimb(): void {
    const selection = this.selection.peek();
    this.selection.value = new Map(
      [...selection].map(([id, indexes]) => [id, new Set([...indexes].flatMap((i) => limbOf(i)))]),
    );
  }

  copied(): string {
    return copyPeople(this.document.peek(), this.selectedIds());
  }

  /** @returns notes of the reader @throws invalid-pose */
  paste(text: string): { readonly count: number; readonly notes: readonly string[] } {
    const { people, notes } = pastePeople(text, this.document.peek(), () => this.newId());
    return { count: this.addPeople(people), notes };
  }

  /** Another size of the picture; people are scaled with it and stay in its middle. */
  resize(size: Size): void {
    const { size: old } = this.document.peek();
    if (old.width === size.width && old.height === size.height) return;
    const scale = Math.min(size.width / old.width, size.height / old.height);
    const left = (size.width - old.width * scale) / 2;
    const top = (size.height - old.height * scale) / 2;
    this.apply((document) => ({
      ...document,
      size,
      people: document.people.map((person) => {
        const open = { ...person, keypoints: person.keypoints.map((k) => ({ ...k, isLocked: false })) };
        const sized = movePerson(scalePerson(open, { x: 0, y: 0 }, scale), left, top);
        return {
          ...sized,
          keypoints: sized.keypoints.map((k, i) => ({ ...k, isLocked: person.keypoints[i].isLocked })),
          origin: person.origin.map(({ x, y }) => ({ x: x * scale + left, y: y * scale + top })),
        };
      }),
    }));
  }
}

/** The selected keypoints of a person, moved; everything with hands and face when all are selected. */
export function movedBy(person: Person, selection: KeypointSelection, dx: number, dy: number): Person {
  const indexes = selection.get(person.id);
  if (!indexes) return person;
  if (indexes.size === person.keypoints.length) return movePerson(person, dx, dy);
  return changeKeypoints(person, indexes, (k) => (k.isLocked ? k : { ...k, x: k.x + dx, y: k.y + dy }));
}
