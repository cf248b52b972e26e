import { type Pose, type Raster, type Rectangle, raster } from '@stable-pose/sdk';

/** A picture that lies in a document. */
export interface Layer {
  readonly id: string;
  readonly name: string;
  /** RGBA, of the area's size. */
  readonly picture: Raster;
  readonly area: Rectangle;
  /** What a plug-in attached. */
  readonly note?: string;
}

export interface EditorDocument {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** From back to front. */
  readonly layers: readonly Layer[];
  readonly skeletons: readonly Pose[];
}

/** What people selected in the active document: a rectangle, a layer by its id, or nothing in particular. */
export type EditorSelection = Rectangle | string | undefined;

/**
 * Stands for an editor: what its own scripting interface would offer, in memory. Delete this file when `my-host.ts` calls the
 * real one.
 */
export class MyEditor {
  readonly #documents = new Map<string, EditorDocument>();
  readonly #history = new Map<string, EditorDocument[]>();
  readonly #listeners = new Set<() => void>();
  #made = 0;
  #active: string | undefined;
  #selection: EditorSelection;

  /** Id of the document in front. */
  get active(): string | undefined {
    return this.#active;
  }

  get selection(): EditorSelection {
    return this.#selection;
  }

  select(selection: EditorSelection): void {
    this.#selection = selection;
    for (const listener of this.#listeners) listener();
  }

  /** Calls the listener when something else is selected, until the returned function is called. */
  onSelect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  open(document: Omit<EditorDocument, 'id'>): string {
    const id = this.newId('document');
    this.#documents.set(id, { ...document, id });
    this.#history.set(id, []);
    this.#active = id;
    this.select(undefined);
    return id;
  }

  close(id: string): void {
    this.#documents.delete(id);
    this.#history.delete(id);
    if (this.#active !== id) return;
    this.#active = undefined;
    this.select(undefined);
  }

  document(id: string): EditorDocument | undefined {
    return this.#documents.get(id);
  }

  newId(kind: string): string {
    this.#made += 1;
    return `${kind}-${this.#made}`;
  }

  /** One undo step. */
  change(id: string, make: (document: EditorDocument) => EditorDocument): void {
    const before = this.#documents.get(id);
    if (!before) throw new Error(`No document ${id}.`);
    const after = make(before);
    this.#history.get(id)?.push(before);
    this.#documents.set(id, after);
  }

  undo(id: string): void {
    const before = this.#history.get(id)?.pop();
    if (before) this.#documents.set(id, before);
  }

  undoSteps(id: string): number {
    return this.#history.get(id)?.length ?? 0;
  }

  /** What people see in an area, RGBA: layers over each other, transparent elsewhere. */
  render({ width, height }: EditorDocument, layers: readonly Layer[], area: Rectangle): Raster {
    const seen = raster(area.width, area.height, 4);
    for (const layer of layers) {
      for (let y = 0; y < area.height; y++) {
        for (let x = 0; x < area.width; x++) {
          const [onX, onY] = [area.x + x, area.y + y];
          if (onX < 0 || onY < 0 || onX >= width || onY >= height) continue;
          const [inX, inY] = [onX - layer.area.x, onY - layer.area.y];
          if (inX < 0 || inY < 0 || inX >= layer.area.width || inY >= layer.area.height) continue;
          mix(seen.data, 4 * (y * area.width + x), layer.picture.data, 4 * (inY * layer.area.width + inX));
        }
      }
    }
    return seen;
  }
}

/** One pixel over another, alpha not premultiplied (Porter and Duff's "over"). */
function mix(below: Uint8Array, at: number, above: Uint8Array, from: number): void {
  const over = above[from + 3] / 255;
  const under = (below[at + 3] / 255) * (1 - over);
  const alpha = over + under;
  if (alpha === 0) return;
  for (let c = 0; c < 3; c++) {
    below[at + c] = Math.round((above[from + c] * over + below[at + c] * under) / alpha);
  }
  below[at + 3] = Math.round(255 * alpha);
}
