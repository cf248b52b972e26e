import {
  checkPlacement,
  type HostAdapter,
  type HostEvent,
  type HostInfo,
  type HostPoses,
  type HostProgress,
  type HostSelection,
  type HostStorage,
  type HostTheme,
  memoryStore,
  type PictureToPlace,
  type PixelReading,
  type PlacedId,
  type Placement,
  type PlaceOptions,
  type PlacePosesOptions,
  type Pose,
  type Raster,
  type Rectangle,
  resizeRaster,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/sdk';
import type { EditorDocument, Layer, MyEditor } from './my-editor.ts';

/** Where nothing is open. No document has this id. */
const nowhere = 'nowhere';

/**
 * The editor behind the port that panels, use cases and engines know. Each method's contract is in the docstring of
 * `HostAdapter`; rule numbers such as H14 are the conformance suite's.
 */
export class MyHost implements HostAdapter {
  readonly info: HostInfo = {
    name: 'My editor',
    version: '1',
    // What is false here is hidden from people. Switch it on as you write it.
    capabilities: {
      masks: false,
      pictureMasks: false,
      scalesPictures: false,
      metadata: true,
      replacePictures: false,
      newCanvas: false,
      poses: 'place',
      files: 'none',
      links: false,
    },
    limits: { placeSide: 8192, metadataBytes: 100_000 },
  };

  /** Lasts as long as the plug-in runs. Put what your editor keeps for plug-ins in its place. */
  readonly storage: HostStorage = { settings: memoryStore(), blobs: memoryStore() };

  readonly #editor: MyEditor;

  constructor(editor: MyEditor) {
    this.#editor = editor;
  }

  async readSelection(target?: string): Promise<HostSelection> {
    const place = target ?? this.#targetOfNow();
    if (place === nowhere) {
      return {
        target: nowhere,
        kind: 'nothing',
        name: '',
        hasMask: false,
        people: 0,
        alsoSelected: [],
        obstacle: 'Open a document first.',
      };
    }
    const { document, layer } = this.#find(place);
    const canvas = { width: document.width, height: document.height };
    const { selection } = this.#editor;
    const isInFront = this.#editor.active === document.id;
    const part = isInFront && typeof selection === 'object' ? clip(selection, canvas) : undefined;
    return {
      target: place,
      kind: layer ? 'picture' : part ? 'area' : 'canvas',
      name: layer?.name ?? document.id,
      canvas,
      area: layer?.area ?? part ?? { x: 0, y: 0, ...canvas },
      hasMask: false,
      people: document.skeletons.length,
      alsoSelected: [],
      ...(layer ? { placed: { id: layer.id, metadata: layer.note } } : {}),
    };
  }

  async readPixels(target: string, { area, size, layers, signal }: PixelReading): Promise<Raster> {
    throwIfCancelled(signal);
    const { document, layer } = this.#find(target);
    const wanted = layers === 'selected' && layer ? [layer] : document.layers;
    // A copy, always RGBA, exactly the area, transparent where nothing is: H5, H7, H9.
    const seen = this.#editor.render(document, wanted, area);
    return size ? resizeRaster(seen, size.width, size.height, 'area') : seen;
  }

  async readMask(target: string): Promise<undefined> {
    this.#find(target);
    return undefined;
  }

  async readPoses(target: string): Promise<HostPoses> {
    return { poses: structuredClone(this.#find(target).document.skeletons), notes: [] };
  }

  async placePoses(
    target: string,
    poses: readonly Pose[],
    { signal }: PlacePosesOptions = {},
  ): Promise<void> {
    throwIfCancelled(signal);
    const { document } = this.#find(target);
    const skeletons = structuredClone(poses);
    this.#editor.change(document.id, (before) => ({ ...before, skeletons }));
  }

  async place(
    { target, pictures, poses }: Placement,
    { signal }: PlaceOptions = {},
  ): Promise<readonly PlacedId[]> {
    throwIfCancelled(signal);
    const { document } = this.#find(target);
    // Everything that can fail comes first, so that nothing of a failed placement stays: H24.
    // Against what `info` says above; metadata is counted in bytes, not letters: H19.
    checkPlacement({ pictures, poses }, this.info);
    const added = pictures.map((picture) => this.#layerOf(picture));
    const skeletons = poses ? structuredClone(poses.poses) : document.skeletons;
    // One undo step, however many pictures: H14.
    this.#editor.change(document.id, (before) => ({
      ...before,
      layers: [...before.layers, ...added],
      skeletons,
    }));
    return added.map(({ id }) => id);
  }

  startProgress(title: string): HostProgress {
    return {
      update: (share, words) => console.log(`${title}: ${Math.round(100 * share)} % ${words}`),
      end: () => {},
    };
  }

  notify(text: string): void {
    console.log(text);
  }

  async theme(): Promise<HostTheme> {
    return { appearance: 'light', colours: {} };
  }

  watch(event: HostEvent, listener: () => void): () => void {
    // A listener of its own, so that the same function can be given twice.
    if (event === 'selection') return this.#editor.onSelect(() => listener());
    return () => {};
  }

  async saveFile(): Promise<never> {
    throw notSupported('saving files');
  }

  async pickFile(): Promise<never> {
    throw notSupported('opening files');
  }

  async openLink(): Promise<never> {
    throw notSupported('links');
  }

  /** A document's id, with a layer's behind it when one is selected: good whatever people select later (H26). */
  #targetOfNow(): string {
    const { active, selection } = this.#editor;
    if (active === undefined) return nowhere;
    return typeof selection === 'string' ? `${active}/${selection}` : active;
  }

  #find(target: string): { document: EditorDocument; layer?: Layer } {
    const [documentId, layerId] = target.split('/');
    const document = this.#editor.document(documentId);
    const layer = document?.layers.find(({ id }) => id === layerId);
    if (document === undefined || (layerId !== undefined && layer === undefined)) {
      throw new StablePoseError('host-target-gone', `There is no ${target} anymore.`, {
        remedy: 'Open the document and try again.',
      });
    }
    return { document, layer };
  }

  #layerOf({ picture, area, name, metadata }: PictureToPlace): Layer {
    const { width, height } = picture;
    const data = withChannels(picture, 4).data.slice();
    return {
      id: this.#editor.newId('layer'),
      name,
      picture: { width, height, channels: 4, data },
      area: { ...area },
      ...(metadata === undefined ? {} : { note: metadata }),
    };
  }
}

/** The part of a rectangle that is on the canvas (H4); undefined when none is. */
function clip(area: Rectangle, canvas: { width: number; height: number }): Rectangle | undefined {
  const x = Math.max(0, area.x);
  const y = Math.max(0, area.y);
  const width = Math.min(canvas.width, area.x + area.width) - x;
  const height = Math.min(canvas.height, area.y + area.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}

function notSupported(what: string): StablePoseError {
  return new StablePoseError('not-supported', `This editor knows no ${what}.`);
}
