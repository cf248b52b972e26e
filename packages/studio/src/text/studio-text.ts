import type { EngineProgress } from '@stable-pose/sdk';
import type { KeypointState } from '../editor/index.ts';

/** What a joint is called, with what is special about it. */
export interface KeypointFacts {
  readonly state: KeypointState;
  readonly isLocked: boolean;
  readonly isUncertain: boolean;
}

/** Every word of the panel in one language. Words of the engine, the host and errors come from them as they are. */
export interface StudioText {
  readonly title: string;
  readonly otherLanguage: string;
  readonly lightTheme: string;
  readonly darkTheme: string;
  readonly panelsLabel: string;
  readonly panels: Readonly<Record<'generate' | 'library' | 'person' | 'results', string>>;
  // canvas and tools
  readonly canvas: string;
  readonly tools: string;
  readonly undo: string;
  readonly redo: string;
  readonly addPerson: string;
  readonly copy: string;
  readonly paste: string;
  readonly mirror: string;
  readonly swap: string;
  readonly forward: string;
  readonly backward: string;
  readonly hideOrShow: string;
  readonly lockOrUnlock: string;
  readonly resetLimb: string;
  readonly remove: string;
  readonly moveHandle: string;
  readonly turnHandle: string;
  readonly sizeHandle: string;
  readonly zoom: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly fit: string;
  readonly beneath: string;
  readonly showDocument: string;
  readonly pictureBehind: string;
  readonly removePicture: string;
  readonly opacity: string;
  readonly skeletonOverPicture: string;
  readonly backToPose: string;
  readonly emptyStage: string;
  readonly chooseFromLibrary: string;
  readonly person: (number: number) => string;
  /** In COCO's order. */
  readonly keypoints: readonly string[];
  readonly keypointWords: (name: string, person: string, facts: KeypointFacts) => string;
  // generate
  readonly prompt: string;
  readonly promptExample: string;
  readonly noPrompt: string;
  readonly negativePrompt: string;
  readonly vocabulary: string;
  readonly wordKinds: Readonly<Record<string, string>>;
  readonly shape: string;
  readonly shapes: Readonly<Record<'square' | 'portrait' | 'landscape', string>>;
  readonly width: string;
  readonly height: string;
  readonly sizeFromHost: (name: string, width: number, height: number) => string;
  readonly seed: string;
  readonly newSeed: string;
  readonly seedIsKept: string;
  readonly seedIsNew: string;
  readonly count: string;
  readonly bestOf: string;
  readonly poseStrength: string;
  readonly poseFrom: string;
  readonly poseTo: string;
  readonly more: string;
  readonly steps: string;
  readonly guidance: string;
  readonly scheduler: string;
  readonly modelsOwn: (name: string) => string;
  readonly model: string;
  readonly detailPass: string;
  readonly engine: string;
  readonly engineOpening: string;
  readonly engineFailed: string;
  readonly staysHere: string;
  readonly goesElsewhere: string;
  readonly advice: string;
  readonly generate: string;
  readonly generateAnother: string;
  readonly beginning: string;
  readonly progressLabel: string;
  readonly progress: (progress: EngineProgress) => string;
  readonly cancel: string;
  readonly cancelAll: string;
  readonly waiting: (count: number) => string;
  // library
  readonly searchPoses: string;
  readonly collectionsLabel: string;
  readonly allPoses: string;
  readonly collections: Readonly<Record<string, string>>;
  readonly poses: Readonly<Record<string, string>>;
  readonly seenFrom: string;
  readonly sides: Readonly<Record<0 | 45 | 90 | 180, string>>;
  readonly replacesPose: string;
  readonly addsPerson: string;
  readonly noPoseFound: string;
  readonly openPoses: string;
  readonly savePoses: string;
  readonly poseFromPicture: string;
  readonly finding: string;
  readonly cannotFindPoses: string;
  readonly nobodyFound: string;
  readonly peopleFound: (count: number) => string;
  readonly noRoom: string;
  // person
  readonly nobodyYet: string;
  readonly people: string;
  readonly joints: string;
  readonly joint: string;
  readonly restoreOne: (name: string) => string;
  readonly hideOne: (name: string) => string;
  readonly lockOne: (name: string) => string;
  readonly handsAndFace: string;
  readonly restoreAll: string;
  readonly resetPerson: string;
  readonly resetEveryone: string;
  readonly removePerson: string;
  readonly centreX: string;
  readonly centreY: string;
  readonly tall: string;
  readonly turnBy: string;
  // results
  readonly noResults: string;
  readonly compare: string;
  readonly pictureAlt: (prompt: string, seed: number) => string;
  readonly showPicture: (prompt: string, seed: number) => string;
  readonly poseScoreIs: string;
  readonly placeInto: (host: string) => string;
  readonly placed: (host: string) => string;
  readonly savePicture: string;
  readonly useRequest: string;
  readonly usePose: string;
  readonly useSeed: string;
  readonly deletePicture: string;
  readonly resultsForNow: string;
  readonly resultsKept: string;
  // notices
  readonly dismiss: string;
  readonly copied: string;
  readonly copyDiagnostics: string;
  readonly withPrompt: string;
  readonly noClipboard: string;
  readonly storageFull: string;
  readonly storageMissing: string;
  readonly nothingSelectedInHost: (host: string) => string;
}
