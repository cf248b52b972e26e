import { batch, computed, effect, signal } from '@preact/signals';
import {
  cutOut,
  encodePng,
  type GeneratedPicture,
  type GenerationRequestInput,
  keypointSimilarity,
  movePose,
  type Pose,
  type Rectangle,
  readPoses,
  type Size,
  StablePoseError,
  writePoses,
} from '@stable-pose/core';
import {
  type EngineDescription,
  type GenerationEngine,
  type HostAdapter,
  type HostGeneration,
  type HostSelection,
  type HostTheme,
  isOutOfReach,
  moveWithArea,
  type PreparedGeneration,
  placeIntoHost,
  prepareForHost,
} from '@stable-pose/sdk';
import {
  type Bounds,
  partNames,
  partOf,
  personOfPose,
  poseOfPerson,
  posesOfDocument,
} from '../editor/index.ts';
import { base64Of } from '../files/base64.ts';
import { pickFile, saveFile } from '../files/file-access.ts';
import { type GivenPicture, openPicture } from '../files/picture-input.ts';
import { pictureUrl } from '../files/picture-url.ts';
import { configurations } from '../library/configurations.ts';
import { poseMannequin } from '../library/mannequin.ts';
import { poseFromView } from '../library/see-mannequin.ts';
import { languageOf, languages } from '../text/languages.ts';
import { Editing } from './editing.ts';
import { Engines, type EngineWay } from './engines.ts';
import { boxInPicture, fitPoses } from './fit-poses.ts';
import { Gallery, type Result, rasterOf } from './gallery.ts';
import { type JobRun, Jobs } from './jobs.ts';
import { Notices } from './notices.ts';
import { type OwnPose, OwnPoses } from './own-poses.ts';
import {
  emptyForm,
  firstPrompt,
  formOfRequest,
  freshSeed,
  type RequestForm,
  requestOfForm,
} from './request-form.ts';
import {
  areaOfResult,
  paperInPicture,
  paperPixels,
  pngOnPaper,
  posesOnPaper,
  rasterOnPaper,
} from './result-area.ts';
import { type Preferences, readSession, writeSession } from './session.ts';
import { Start } from './start-picture.ts';
import { whenTrue } from './when-true.ts';

export interface StudioOptions {
  readonly host: HostAdapter;
  /**
   * The one that the panel begins with; may still be on its way: people pose meanwhile. People can choose a server in its
   * place; left out, there are servers only.
   */
  readonly engine?: GenerationEngine | Promise<GenerationEngine>;
  /** `en` or `de`; the browser's when absent. */
  readonly language?: string;
}

export type PanelName = 'generate' | 'library' | 'person' | 'results';

/** A picture under the skeletons. */
export interface Backdrop {
  readonly url: string;
  readonly opacity: number;
}

const firstSize: Size = { width: 512, height: 512 };
const saveAfterMs = 600;

/** Everything that the panel knows, and everything that it can do; views show it, and call it. */
export class Studio {
  readonly host: HostAdapter;
  readonly editing = new Editing(firstSize);
  readonly notices = new Notices();
  readonly jobs: Jobs;
  readonly gallery: Gallery;
  readonly ownPoses: OwnPoses;
  readonly start: Start;
  readonly form = signal<RequestForm>(emptyForm);
  readonly preferences = signal<Preferences>({ theme: 'host' });
  readonly hostTheme = signal<HostTheme>({ appearance: 'light', colours: {} });
  readonly engines: Engines;
  readonly engineState;
  readonly hostSelection = signal<HostSelection | undefined>(undefined);
  readonly panel = signal<PanelName>('generate');
  readonly backdrop = signal<Backdrop | undefined>(undefined);
  /** The result that lies under the skeletons. */
  readonly shownResultId = signal<string | undefined>(undefined);
  readonly comparedIds = signal<readonly string[]>([]);
  /** The result whose people are moved: the next picture is this one, drawn anew where limbs were and are. */
  readonly reposedId = signal<string | undefined>(undefined);
  readonly showsSkeleton = signal(true);
  /** The skeletons that were found in the shown result. */
  readonly showsFound = signal(false);
  /** A picture behind in which people can be looked for. */
  readonly pictureToSearch = signal<GivenPicture | undefined>(undefined);
  /** The next box that is drawn on the canvas is round a person to be found. */
  readonly isBoxing = signal(false);
  readonly isFinding = signal(false);
  /** Points of hands and face can be taken hold of. */
  readonly editsParts = signal(false);
  /** Brought close on the canvas. */
  readonly lookAt = signal<Bounds | undefined>(undefined);
  /** The pointer paints what is drawn anew. */
  readonly isBrushing = signal(false);
  readonly isErasing = signal(false);
  /** Pixels of the screen. */
  readonly brushRadius = signal(24);
  /** The ways to make pictures are shown. */
  readonly isChoosingEngine = signal(false);
  /** The one of them that is looked at. */
  readonly lookedAtWay = signal<EngineWay>('own');
  /** The canvas shows figures in space. */
  readonly isInSpace = signal(false);
  readonly isStarted = signal(false);
  readonly text;
  readonly model;
  readonly shownResult;
  private readonly language: string | undefined;
  private readonly ends: (() => void)[] = [];
  /** People of the document, as they were last taken over. */
  private takenPeople = '';
  private hasSaidStorage = false;
  private isClosed = false;

  constructor({ host, engine, language }: StudioOptions) {
    this.host = host;
    this.language = language;
    this.jobs = new Jobs((error) => this.notices.report(error));
    this.gallery = new Gallery(host.storage.blobs, (error) => this.sayStorage(error));
    this.start = new Start(host.storage.blobs, (error) => this.sayStorage(error));
    this.ownPoses = new OwnPoses(host.storage.blobs, (error) => this.sayStorage(error));
    this.engines = new Engines({
      own: engine,
      settings: host.storage.settings,
      onTrouble: (error) => this.sayStorage(error),
    });
    this.engineState = this.engines.state;
    this.text = computed(() => languages[languageOf(this.preferences.value.language ?? this.language)]);
    this.model = computed(() => {
      const state = this.engineState.value;
      if (state.kind !== 'ready') return undefined;
      return state.models.find(({ id }) => id === this.form.value.model) ?? state.models[0];
    });
    this.shownResult = computed(() =>
      this.gallery.results.value.find(({ id }) => id === this.shownResultId.value),
    );
    void this.begin();
  }

  private async begin(): Promise<void> {
    const moved = calm(() => void this.readSelection(), calmMs);
    this.ends.push(
      moved.cancel,
      this.host.watch('theme', () => void this.readTheme()),
      this.host.watch('selection', () => void this.readSelection()),
      this.host.watch('poses', moved.run),
      this.host.watch('closing', () => void this.save()),
    );
    const opening = this.engines.start();
    await this.readTheme();
    let isFirst = true;
    try {
      const kept = await readSession(this.host.storage.blobs);
      if (kept) {
        isFirst = false;
        batch(() => {
          this.editing.load(kept.document);
          this.form.value = kept.form;
          this.preferences.value = kept.preferences;
        });
      }
    } catch (error) {
      this.sayStorage(error);
    }
    if (isFirst) this.editing.load({ size: firstSize, people: [this.firstPerson(firstSize)] });
    await this.readSelection();
    this.isStarted.value = true;
    this.keepSaving();
    void this.ownPoses.load();
    void this.gallery.load();
    void this.start.load();
    await opening;
    if (this.isClosed) return;
    // Without one, choosing is the next thing to do.
    if (this.engineState.peek().kind === 'missing') this.chooseEngine();
    const model = this.model.peek();
    if (isFirst && model) {
      const { nativeSize } = model.config;
      if (!this.hostSelection.peek()?.area && !this.editing.canUndo.peek()) {
        const [first] = this.editing.document.peek().people;
        this.editing.load({ size: nativeSize, people: [this.firstPerson(nativeSize, first?.id)] });
      }
      if (this.form.peek().prompt === '') this.change({ prompt: firstPrompt(model.config) });
    }
  }

  /** @param id that of whom this one takes the place, so that the focus stays */
  private firstPerson(size: Size, id = this.editing.newId()) {
    const waving = configurations.find(({ id }) => id === 'waving') ?? configurations[0];
    return personOfPose(poseFromView(poseMannequin(waving), { around: 20 }, size), id);
  }

  private async readTheme(): Promise<void> {
    try {
      this.hostTheme.value = await this.host.theme();
    } catch {
      // The panel's own colours serve.
    }
  }

  private async readSelection(): Promise<void> {
    try {
      const selection = await this.host.readSelection();
      const old = this.hostSelection.peek();
      this.hostSelection.value = selection;
      const { area } = selection;
      const isOther = area && (area.width !== old?.area?.width || area.height !== old.area.height);
      if (isOther) this.editing.resize({ width: area.width, height: area.height });
      await this.followPeople(selection);
    } catch (error) {
      this.notices.report(error);
    }
  }

  /**
   * Whoever stands in what is selected, moved there or selected last, stands here. What was changed here since stays until that
   * is so again; it is a step, so that undo brings back who stood here.
   */
  private async followPeople(selection: HostSelection): Promise<void> {
    const { area, people, target } = selection;
    if (!area || people === 0 || this.host.info.capabilities.poses === 'none') return;
    // Over a picture people are moved here, and the document has them as they were.
    if (this.reposedId.peek() !== undefined) return;
    const { poses, notes } = await this.host.readPoses(target);
    const read = JSON.stringify([area, poses]);
    if (this.hostSelection.peek() !== selection || read === this.takenPeople || poses.length === 0) return;
    this.takenPeople = read;
    const { size } = this.editing.document.peek();
    const moved = moveWithArea(poses, area, { x: 0, y: 0, ...size });
    if (!haveSamePlaces(posesOfDocument(this.editing.document.peek()), moved)) {
      this.editing.replacePoses(moved);
      this.putAwayBut(area);
    }
    for (const note of notes) this.notices.say(note, 'warning');
  }

  /** A shown picture of another part of the document: its people stand elsewhere than those that came. */
  private putAwayBut(area: Rectangle): void {
    const shown = this.shownResult.peek()?.area;
    if (!shown) return;
    const { x, y, width, height } = shown.placed;
    const isHere = x === area.x && y === area.y && width === area.width && height === area.height;
    if (!isHere) this.showResult(undefined);
  }

  /** Everyone here, as skeletons in the document, in place of those that stand there. */
  async putPeople(): Promise<void> {
    const { name } = this.host.info;
    const text = this.text.peek();
    try {
      const selection = await this.host.readSelection();
      if (!selection.area) {
        this.notices.say(text.nothingSelectedInHost(name), 'warning');
        return;
      }
      const { size } = this.editing.document.peek();
      const poses = posesOfDocument(this.editing.document.peek());
      const moved = moveWithArea(poses, { x: 0, y: 0, ...size }, selection.area);
      await this.host.placePoses(selection.target, moved, { undoName: text.putPeople(name) });
      this.host.notify(text.peoplePut(name));
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** Skeletons and pixels of the host's document, into the editor. */
  async takeFromHost(): Promise<void> {
    try {
      this.takenPeople = '';
      await this.readSelection();
      const selection = this.hostSelection.peek();
      if (!selection?.area) {
        this.notices.say(this.text.value.nothingSelectedInHost(this.host.info.name), 'warning');
        return;
      }
      const { area, target } = selection;
      const side = Math.max(area.width, area.height);
      const scale = Math.min(1, 1024 / side);
      const size = {
        width: Math.max(1, Math.round(area.width * scale)),
        height: Math.max(1, Math.round(area.height * scale)),
      };
      const pixels = await this.host.readPixels(target, { area, size });
      this.showBackdrop(pictureUrl(encodePng(pixels)));
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** @param picture the same, where people can be looked for in it */
  showBackdrop(url: string | undefined, picture?: GivenPicture): void {
    this.pictureToSearch.value = picture;
    this.isBoxing.value = false;
    const old = this.backdrop.peek();
    if (old) URL.revokeObjectURL(old.url);
    this.backdrop.value = url === undefined ? undefined : { url, opacity: old?.opacity ?? 0.6 };
  }

  /** Lays a result under the skeletons, or takes it away. */
  showResult(id: string | undefined): void {
    if (id === undefined) this.reposedId.value = undefined;
    this.shownResultId.value = id;
  }

  /** Shows what was found in a result, over it; or takes that away again. */
  showFound(id: string): void {
    const isThere = this.shownResultId.peek() === id && this.showsFound.peek();
    batch(() => {
      this.showResult(id);
      this.showsFound.value = !isThere;
    });
  }

  change(change: Partial<RequestForm>): void {
    this.form.value = { ...this.form.peek(), ...change };
  }

  /** Shows the ways to make pictures, at one of them: that in use unless told. */
  chooseEngine(way: EngineWay = this.engines.way.peek()): void {
    batch(() => {
      this.lookedAtWay.value = way;
      this.isChoosingEngine.value = true;
    });
  }

  /** What form and canvas ask of an engine, of what it and its model have. */
  requestFor({ can }: EngineDescription): GenerationRequestInput {
    const document = this.editing.document.peek();
    const { loras, adapters } = this.model.peek() ?? {};
    const known = { canMeasure: can.detectPose, knownLoras: loras, knownAdapters: adapters };
    return requestOfForm(this.form.peek(), posesOfDocument(document), document.size, known);
  }

  generate(): void {
    const state = this.engineState.peek();
    if (state.kind !== 'ready') return;
    const reposed = this.gallery.results.peek().find(({ id }) => id === this.reposedId.peek());
    if (reposed) {
      this.redrawMoved(state.engine, reposed);
      return;
    }
    const { engine, description } = state;
    if (!this.form.peek().keepsSeed) this.change({ seed: freshSeed() });
    const form = this.form.peek();
    const request = this.requestFor(description);
    const from = this.startsFrom();
    this.brush(false);
    const generation = this.generationOf(request, from);
    // What is painted now, whatever is painted while others are drawn.
    const started =
      from === 'picture' ? this.start.requestParts(sizeOfRequest(request), form) : Promise.resolve({});
    started.catch(() => {});
    const plan = async (signal: AbortSignal) => {
      const planned = await prepareForHost(this.host, engine, generation, signal);
      return { ...planned, request: { ...planned.request, ...(await started) } };
    };
    this.order(form.prompt.trim() || this.text.value.noPrompt, { engine, plan });
  }

  /** Puts pictures on the list of work. When they do not come because their server is lost, they can be asked for again. */
  private order(title: string, { engine, plan, onMade }: Order): void {
    let planned: PreparedGeneration | undefined;
    // The document is read once: what is asked for again is what was asked for.
    const once = async (signal: AbortSignal) => {
      planned ??= await plan(signal);
      return planned;
    };
    this.jobs.add(title, async (run) => {
      try {
        const results = await this.make({ engine, plan: once, ...run });
        onMade?.(results);
      } catch (error) {
        if (!isOutOfReach(StablePoseError.from(error))) throw error;
        this.notices.report(error, () => void this.orderAgain(title, { engine, plan: once, onMade }));
      }
    });
  }

  private async orderAgain(title: string, order: Order): Promise<void> {
    if (this.engineState.peek().kind === 'failed') await this.engines.open();
    // Another order, or people themselves, may have begun to open it.
    await whenTrue(() => this.engineState.value.kind !== 'opening');
    const state = this.engineState.peek();
    if (state.kind === 'ready') this.order(title, { ...order, engine: state.engine });
    else if (state.kind === 'failed')
      this.notices.report(state.error, () => void this.orderAgain(title, order));
  }

  private async make({ engine, plan, signal, onProgress, onArea }: Making): Promise<readonly Result[]> {
    const ask = async () => {
      const prepared = await plan(signal);
      onArea(prepared.area);
      return { prepared, ...(await engine.generate(prepared.request, { signal, onProgress })) };
    };
    const { prepared, pictures } = await ask().catch((error: unknown) => {
      this.engines.noteFailure(engine, error);
      throw error;
    });
    const results = pictures.map((picture) => this.gallery.add(picture, prepared));
    batch(() => {
      this.showResult(results[0]?.id);
      for (const note of prepared.notes) this.notices.say(note, 'warning');
    });
    return results;
  }

  /** Takes a result's people into the hand, over the picture. */
  repose(result: Result): void {
    batch(() => {
      this.brush(false);
      this.usePose(result);
      this.showResult(result.id);
      this.showsSkeleton.value = true;
      this.showsFound.value = false;
      this.isInSpace.value = false;
      this.reposedId.value = result.id;
    });
  }

  /** The same seed and words; only where limbs were and are is drawn anew. */
  private redrawMoved(engine: GenerationEngine, result: Result): void {
    const { size } = this.editing.document.peek();
    const paper = { x: 0, y: 0, ...size };
    const poses = posesOfDocument(this.editing.document.peek());
    const from = this.posesHere(result);
    if (haveSamePlaces(from, poses)) {
      this.notices.say(this.text.peek().nothingMoved);
      return;
    }
    const { image: _image, mask: _mask, repose: _repose, ...asked } = result.request;
    const request: GenerationRequestInput = {
      ...asked,
      seed: result.seed,
      count: 1,
      bestOf: 1,
      previews: { how: 'linear' },
    };
    const title = this.text.peek().redrawing(result.request.prompt || this.text.peek().noPrompt);
    const plan = async (signal: AbortSignal): Promise<PreparedGeneration> => {
      if (result.prepared) return movedPlan(result.prepared, { result, request, poses, paper });
      const picture = base64Of(pngOnPaper(result));
      return this.planHere(
        engine,
        { ...request, poses: [...poses], repose: { from: [...from], picture } },
        signal,
      );
    };
    const onMade = ([made]: readonly Result[]) => {
      // The next move is of the picture that is there now.
      if (made && this.reposedId.peek() === result.id) this.reposedId.value = made.id;
    };
    this.order(title, { engine, plan, onMade });
  }

  /** Whom a result was asked for, on the paper as it is now. */
  private posesHere(result: Result): readonly Pose[] {
    return fitPoses(posesOnPaper(result), areaOfResult(result).placed, this.editing.document.peek().size);
  }

  /** For a result of an earlier session: it goes where the selection is now, without surroundings. */
  private planHere(
    engine: GenerationEngine,
    request: GenerationRequestInput,
    signal?: AbortSignal,
  ): Promise<PreparedGeneration> {
    const { size } = this.editing.document.peek();
    const generation: HostGeneration = { ...this.generationOf({ ...request, ...size }), from: 'words' };
    return prepareForHost(this.host, engine, generation, signal);
  }

  /** A further result: the people of this one, on nothing. */
  cutOut(result: Result): void {
    const state = this.engineState.peek();
    if (state.kind !== 'ready') return;
    const { engine } = state;
    const text = this.text.peek();
    this.jobs.add(text.cuttingOut(result.request.prompt || text.noPrompt), async ({ signal }) => {
      const picture = rasterOf(result);
      const matte = await engine.matte(picture, { signal });
      const { request, seed, warnings, score, prepared, area } = result;
      const cut = { raster: cutOut(picture, matte), seed, request, warnings, ...(score ? { score } : {}) };
      const made = this.gallery.add(cut as GeneratedPicture, prepared, { isCutOut: true, area });
      this.showResult(made.id);
    });
  }

  async exportResults(): Promise<void> {
    try {
      const bytes = await this.gallery.exported(fileName);
      await saveFile(this.host, 'stable-pose.zip', bytes, 'application/zip');
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** What the host's use case is told. Poses go from the editor's pixels to those of the host's canvas. */
  private generationOf(
    request: GenerationRequestInput,
    start: RequestForm['startFrom'] = 'words',
  ): HostGeneration {
    const selection = this.hostSelection.peek();
    const { size } = this.editing.document.peek();
    const poses = (request.poses ?? []) as readonly Pose[];
    const area = selection?.area;
    if (!selection || !area) return { request, from: 'words', resolution: 'canvas' };
    const moved = moveWithArea(poses, { x: 0, y: 0, ...size }, area);
    const from = request.repose?.from as readonly Pose[] | undefined;
    const repose = from && {
      ...request.repose,
      from: [...moveWithArea(from, { x: 0, y: 0, ...size }, area)],
    };
    const generation = {
      request: { ...request, poses: [...moved], ...(repose ? { repose } : {}) },
      target: selection.target,
    };
    if (start === 'picture') return { ...generation, from: 'words' };
    if (start === 'words') return generation;
    const isPart = selection.kind === 'area' || selection.kind === 'shape';
    const strength = this.form.peek().startStrength;
    return { ...generation, from: isPart ? 'selection' : 'picture', strength };
  }

  /** What the next picture is drawn from, as things are: without a document nothing lies there. */
  startsFrom(): RequestForm['startFrom'] {
    const { startFrom } = this.form.value;
    return startFrom === 'document' && !this.hostSelection.value?.area ? 'words' : startFrom;
  }

  async chooseStart(): Promise<void> {
    const picture = await this.pickPicture();
    if (!picture) return;
    URL.revokeObjectURL(picture.url);
    await this.startWith(picture.blob);
  }

  startFromResult(result: Result): Promise<void> {
    const png = pngOnPaper(result) as Uint8Array<ArrayBuffer>;
    return this.startWith(new Blob([png], { type: 'image/png' }));
  }

  /** The next picture is drawn from this one. */
  async startWith(blob: Blob): Promise<void> {
    try {
      await this.start.set({ blob });
      this.change({ startFrom: 'picture' });
      this.showResult(undefined);
    } catch (error) {
      this.notices.report(error);
    }
  }

  removeStart(): void {
    this.brush(false);
    this.start.remove();
  }

  /** Takes hands and face of the active person into the hand, close; or goes back to the joints. */
  editParts(edits: boolean): void {
    const person = this.editing.active.peek();
    const points = person ? partNames.flatMap((part) => partOf(person, part) ?? []) : [];
    const there = points.filter(([, , confidence]) => confidence > 0);
    if (edits && there.length > 0) {
      this.brush(false);
      this.isInSpace.value = false;
      const [xs, ys] = [there.map(([x]) => x), there.map(([, y]) => y)];
      this.lookAt.value = {
        left: Math.min(...xs),
        top: Math.min(...ys),
        right: Math.max(...xs),
        bottom: Math.max(...ys),
      };
    }
    this.editsParts.value = edits && there.length > 0;
  }

  /** Takes the brush into the hand, or puts it away. */
  brush(isBrushing: boolean): void {
    if (isBrushing) {
      this.showResult(undefined);
      this.isBoxing.value = false;
      this.isInSpace.value = false;
    }
    this.isBrushing.value = isBrushing;
  }

  /** The pictures of one request that are still there, in the order of their making: each is a variant of the others. */
  variantsOf({ prepared }: Result): readonly Result[] {
    if (!prepared) return [];
    return this.gallery.results.value.filter((one) => one.prepared === prepared && !one.isCutOut).reverse();
  }

  /** One picture, or variants of it together: one undo step. What several become is the host's way. */
  async place(results: readonly Result[]): Promise<void> {
    const state = this.engineState.peek();
    const [first] = results;
    try {
      if (state.kind !== 'ready' || !first) return;
      const request = { ...first.request, count: 1 };
      const prepared = first.prepared ?? (await this.planOnPaper(state.engine, first));
      const pictures = results.map((result) => ({
        // Surroundings are cut off by the plan that they were drawn by, where it is still there.
        raster: result.prepared ? rasterOf(result) : rasterOnPaper(result),
        seed: result.seed,
        request: result.request,
        warnings: result.warnings,
      }));
      const canKeep = this.host.info.capabilities.poses === 'place';
      const kept = this.preferences.peek().leavesSkeleton ? 'visible' : 'hidden';
      await placeIntoHost(
        this.host,
        state.engine,
        prepared,
        pictures as unknown as Parameters<typeof placeIntoHost>[3],
        {
          request,
          keepPoses: canKeep ? kept : 'none',
          strength: prepared.request.image?.strength,
          feather: prepared.request.mask?.feather,
        },
      );
      this.host.notify(this.text.value.placed(this.host.info.name));
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** Where a result of an earlier session goes: what was drawn on the paper fills the place. */
  private async planOnPaper(engine: GenerationEngine, result: Result): Promise<PreparedGeneration> {
    const { repose: _repose, ...request } = result.request;
    const planned = await this.planHere(engine, { ...request, count: 1, poses: [...this.posesHere(result)] });
    return { ...planned, area: { ...planned.area, drawn: planned.area.placed } };
  }

  async savePicture(result: Result): Promise<void> {
    try {
      await saveFile(this.host, `${fileName(result)}.png`, result.png, 'image/png');
    } catch (error) {
      this.notices.report(error);
    }
  }

  usePose(result: Result): void {
    const { width, height } = areaOfResult(result).placed;
    const people = posesOnPaper(result).map((pose, i) => personOfPose(pose, `${result.id}-${i}`));
    this.editing.apply(() => ({ size: { width, height }, people }));
  }

  useRequest(result: Result): void {
    this.reposedId.value = undefined;
    this.usePose(result);
    this.form.value = formOfRequest(result.request, this.form.peek());
    // Pixels of a document came with surroundings.
    const part = result.request.image?.fit === 'stretch' ? paperPixels(areaOfResult(result)) : undefined;
    this.start.take(result.request, part).catch((error) => this.notices.report(error));
    this.panel.value = 'generate';
  }

  useSeed(result: Result): void {
    this.change({ seed: result.seed, keepsSeed: true });
  }

  remove(result: Result): void {
    if (this.shownResultId.peek() === result.id) this.showResult(undefined);
    if (this.reposedId.peek() === result.id) this.reposedId.value = undefined;
    this.comparedIds.value = this.comparedIds.peek().filter((id) => id !== result.id);
    this.gallery.remove(result.id);
  }

  async openBackdrop(): Promise<void> {
    const picture = await this.pickPicture();
    if (picture) this.showBackdrop(picture.url, picture);
  }

  private async pickPicture(): Promise<GivenPicture | undefined> {
    try {
      const file = await pickFile(this.host, ['.png', '.jpg', '.jpeg', '.webp']);
      return file && (await openPicture(file.blob));
    } catch (error) {
      this.notices.report(error);
      return undefined;
    }
  }

  /** A file that was dropped or chosen: poses, or a picture to find them in. */
  async openFile(blob: Blob, name: string): Promise<void> {
    try {
      if (/\.(json|svg|txt)$/i.test(name) || blob.type === 'application/json') {
        this.tellPasted(this.editing.paste(await blob.text()));
      } else {
        await this.poseFromPicture(await openPicture(blob));
      }
    } catch (error) {
      this.notices.report(error);
    }
  }

  async choosePoses(): Promise<void> {
    const file = await pickFile(this.host, ['.json', '.svg']).catch((error) => this.notices.report(error));
    if (file) await this.openFile(file.blob, file.name);
  }

  async choosePictureForPose(): Promise<void> {
    const picture = await this.pickPicture();
    if (picture) await this.poseFromPicture(picture);
  }

  /** Finds people in a picture; they arrive over it, editable. */
  private async poseFromPicture(picture: GivenPicture): Promise<void> {
    const text = this.text.peek();
    const { size } = this.editing.document.peek();
    this.showBackdrop(picture.url, picture);
    const state = this.engineState.peek();
    if (state.kind !== 'ready' || !state.description.can.detectPose) {
      this.notices.say(text.cannotFindPoses, 'warning');
      return;
    }
    this.isFinding.value = true;
    try {
      const found = await state.engine.detectPose(picture.raster, { maxPeople: 10 });
      this.editing.addPoses(
        fitPoses(
          found.map(({ pose }) => pose),
          picture,
          size,
        ),
      );
      // What to do about it is said on the stage.
      if (found.length === 0) this.isBoxing.value = true;
      else this.notices.say(text.peopleFound(found.length));
    } finally {
      this.isFinding.value = false;
    }
  }

  /** Whether {@link findInBox} has a picture and an engine to look with. */
  canFindInBox(): boolean {
    const state = this.engineState.value;
    return (
      this.pictureToSearch.value !== undefined && state.kind === 'ready' && state.description.can.detectPose
    );
  }

  /**
   * Looks for one person in a box that was drawn over the picture behind; where nothing is to be seen, someone stands there.
   * @param area in pixels of the document; absent: the whole picture
   */
  async findInBox(area?: Bounds): Promise<void> {
    const picture = this.pictureToSearch.peek();
    const state = this.engineState.peek();
    if (!picture || state.kind !== 'ready') return;
    const text = this.text.peek();
    const { size } = this.editing.document.peek();
    const box = boxInPicture(area, picture, size);
    if (!box) {
      this.notices.say(text.boxOutside, 'warning');
      return;
    }
    this.isFinding.value = true;
    try {
      const found = await state.engine.detectPose(picture.raster, { boxes: [box] });
      const poses = found.map(({ pose }) => pose);
      if (this.editing.addPoses(fitPoses(poses, picture, size)) === 0)
        this.notices.say(text.noRoom, 'warning');
      else if (found.some(({ isGuess }) => isGuess)) this.notices.say(text.guessedInBox, 'warning');
      else this.notices.say(text.peopleFound(found.length));
      this.isBoxing.value = false;
    } catch (error) {
      this.notices.report(error);
    } finally {
      this.isFinding.value = false;
    }
  }

  /** Those of whom something is selected, under a name. @returns whether there was somebody */
  keepOwnPose(name: string): boolean {
    const { people, size } = this.editing.document.peek();
    const ids = this.editing.selectedIds();
    const poses = people.filter(({ id }) => ids.includes(id)).flatMap((person) => poseOfPerson(person) ?? []);
    if (poses.length === 0 || name.trim() === '') return false;
    this.ownPoses.add(name, poses, size);
    return true;
  }

  /** Everyone of it comes in; a single person takes the place of a selected one. */
  useOwnPose(own: OwnPose): void {
    const { size } = this.editing.document.peek();
    const fitted = fitPoses(own.poses, own.size, size);
    // Twice on one spot looks as if nothing had come.
    const here = posesOfDocument(this.editing.document.peek());
    const isThere = here.some((pose) => fitted.some((one) => keypointSimilarity(pose, one) > 0.99));
    const poses = isThere ? fitted.map((pose) => movePose(pose, size.width / 12, 0)) : fitted;
    const [selected] = this.editing.selection.peek().keys();
    if (poses.length === 1 && selected !== undefined) this.editing.replacePose(selected, poses[0]);
    else if (this.editing.addPoses(poses) < poses.length) {
      this.notices.say(this.text.peek().noRoom, 'warning');
    }
  }

  /** A pose file, in any form that is known, into the library under the file's name. */
  async importOwnPose(): Promise<void> {
    try {
      const file = await pickFile(this.host, ['.json', '.svg']);
      if (!file) return;
      const { size } = this.editing.document.peek();
      const read = readPoses(await file.blob.text(), { size });
      const { width = size.width, height = size.height } = read;
      this.ownPoses.add(file.name.replace(/\.[a-z]+$/i, ''), read.poses, { width, height });
      for (const note of read.notes) this.notices.say(note);
    } catch (error) {
      this.notices.report(error);
    }
  }

  /** A file in one of core's formats; what the format cannot carry is said. */
  async exportPosesAs(poses: readonly Pose[], size: Size, format: string, name: string): Promise<void> {
    try {
      const { text, mediaType, notes } = writePoses(poses, size, format);
      const words = name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'pose';
      const ending = mediaType === 'image/svg+xml' ? 'svg' : 'json';
      await saveFile(this.host, `${words}.${ending}`, new TextEncoder().encode(text), mediaType);
      for (const note of notes) this.notices.say(note);
    } catch (error) {
      this.notices.report(error);
    }
  }

  tellPasted({ count, notes }: { readonly count: number; readonly notes: readonly string[] }): void {
    const text = this.text.peek();
    if (count === 0) this.notices.say(text.noRoom, 'warning');
    for (const note of notes) this.notices.say(note);
  }

  async exportPoses(): Promise<void> {
    const { people } = this.editing.document.peek();
    this.editing.selectAll();
    if (people.length === 0) return;
    const bytes = new TextEncoder().encode(this.editing.copied());
    await saveFile(this.host, 'pose.json', bytes, 'application/json').catch((e) => this.notices.report(e));
  }

  async copy(words: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(words);
      this.notices.say(this.text.peek().copied);
    } catch {
      this.notices.say(this.text.peek().noClipboard, 'warning');
    }
  }

  /** A part of the panel that is fetched when it is asked for did not come. */
  reportNotLoaded(cause: unknown): void {
    this.notices.report(
      new StablePoseError('download-failed', this.text.peek().engines.notLoaded, { cause }),
    );
  }

  /** For a report of a fault. */
  diagnostics(error: StablePoseError | undefined, withPrompt: boolean): string {
    const state = this.engineState.peek();
    const { name, version, capabilities, limits } = this.host.info;
    const { prompt, negativePrompt, ...form } = this.form.peek();
    return JSON.stringify(
      {
        error: error && { code: error.code, message: error.message },
        engine: state.kind === 'ready' ? state.description : state.kind,
        model: this.model.peek()?.config.name,
        host: { name, version, capabilities, limits },
        form: withPrompt ? { prompt, negativePrompt, ...form } : form,
        size: this.editing.document.peek().size,
        people: this.editing.document.peek().people.length,
        browser: navigator.userAgent,
      },
      null,
      1,
    );
  }

  private sayStorage(error: unknown): void {
    if (this.hasSaidStorage) return;
    this.hasSaidStorage = true;
    const { code } = StablePoseError.from(error);
    const text = this.text.peek();
    this.notices.say(code === 'storage-full' ? text.storageFull : text.storageMissing, 'warning');
  }

  private keepSaving(): void {
    const changed = calm(() => void this.save(), saveAfterMs);
    let isFirst = true;
    const stop = effect(() => {
      void [this.editing.history.value, this.form.value, this.preferences.value];
      if (isFirst) {
        isFirst = false;
        return;
      }
      changed.run();
    });
    const onHide = () => void this.save();
    globalThis.addEventListener?.('pagehide', onHide);
    this.ends.push(() => {
      stop();
      changed.cancel();
      globalThis.removeEventListener?.('pagehide', onHide);
    });
  }

  private async save(): Promise<void> {
    if (!this.isStarted.peek()) return;
    try {
      await writeSession(this.host.storage.blobs, {
        version: 1,
        document: this.editing.history.peek().present,
        form: this.form.peek(),
        preferences: this.preferences.peek(),
      });
    } catch (error) {
      this.sayStorage(error);
    }
  }

  /** What is under way is cancelled, and what can be kept is kept. Host and engine stay with whoever made them. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.jobs.cancelAll();
    await this.save();
    for (const end of this.ends) end();
    this.showBackdrop(undefined);
    await Promise.all([
      this.gallery.settled(),
      this.ownPoses.settled(),
      this.start.settled(),
      this.engines.close(),
    ]);
    this.gallery.dispose();
  }
}

/** A picture to be made: by whom, where it goes and what is asked. */
interface Order {
  readonly engine: GenerationEngine;
  readonly plan: (signal: AbortSignal) => Promise<PreparedGeneration>;
  readonly onMade?: (results: readonly Result[]) => void;
}
/** And how it is told of. */
type Making = Order & JobRun;

/** Both sides are there in every request of a form. */
function sizeOfRequest({ width = 64, height = 64 }: { width?: number; height?: number }): Size {
  return { width, height };
}

/** Documents tell of every step of a drag. */
const calmMs = 150;

/** Once, after the last of many. */
function calm(work: () => void, ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const cancel = () => clearTimeout(timer);
  const run = () => {
    cancel();
    timer = setTimeout(work, ms);
  };
  return { run, cancel };
}

/** Joints that the model is told of, to half a pixel. */
function haveSamePlaces(a: readonly Pose[], b: readonly Pose[]): boolean {
  const isSame = (one: Pose, other: Pose) =>
    one.keypoints.every(([x, y, confidence], i) => {
      const [u, v, c] = other.keypoints[i];
      if (confidence === 0 || c === 0) return confidence === c;
      return Math.hypot(x - u, y - v) < 0.5;
    });
  return a.length === b.length && a.every((pose, i) => isSame(pose, b[i]));
}

/** The plan that a result was made by, for its people where they are now: the same place, the same surroundings. */
function movedPlan(
  prepared: PreparedGeneration,
  {
    result,
    request,
    poses,
    paper,
  }: {
    readonly result: Result;
    readonly request: GenerationRequestInput;
    /** In pixels of the paper. */
    readonly poses: readonly Pose[];
    readonly paper: Rectangle;
  },
): PreparedGeneration {
  const { area } = prepared;
  const from = [...((result.request.poses ?? []) as readonly Pose[])];
  const moved = {
    ...request,
    poses: [...moveWithArea(poses, paper, paperInPicture(area))],
    repose: { from, picture: base64Of(result.png) },
  };
  return { ...prepared, request: moved, poses: moveWithArea(poses, paper, area.placed), notes: [] };
}

function fileName({ request, seed }: Result): string {
  const words = (request.prompt ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${words.slice(0, 40) || 'picture'}-${seed}`;
}
