import { checkPoses, type Pose } from '@stable-pose/core/pose';
import {
  bytes,
  finite,
  isBytes,
  list,
  maybe,
  nothing,
  oneOf,
  record,
  type Shape,
  type Shaped,
  side,
  text,
  truth,
  whole,
} from './shapes.ts';

/** Poses over a bridge; nobody is allowed. */
const poses: Shape<readonly Pose[]> = (value) => checkPoses(value as Pose[], { allowNobody: true });
const area = record({ x: whole, y: whole, width: side, height: side });
const storeName: Shape<{ readonly room: 'settings' | 'blobs'; readonly name: string }> = record({
  room: oneOf(['settings', 'blobs']),
  name: text,
});

/**
 * Every call that the UI half makes of the main half: what is given and what comes back. Pictures cross as PNG files: the main
 * half has no means to look into them, and Figma takes nothing else.
 */
export const figmaCalls = {
  readSelection: {
    given: record({ target: maybe(text) }),
    result: record({
      target: text,
      kind: oneOf(['nothing', 'canvas', 'area', 'picture', 'shape', 'skeleton']),
      name: text,
      canvas: maybe(record({ width: side, height: side })),
      area: maybe(area),
      hasMask: truth,
      people: whole,
      placed: maybe(record({ id: text, metadata: maybe(text) })),
      alsoSelected: list(text),
      obstacle: maybe(text),
    }),
  },
  /**
   * `canvas`: the whole canvas without skeletons and without a selected shape. `selected`: the selected object alone. `scale`
   * is pixels of the picture per canvas pixel as wished.
   */
  exportPart: {
    given: record({ target: text, part: oneOf(['canvas', 'selected']), scale: finite }),
    /**
     * No PNG where nothing is selected. `ways` lead from canvas pixels to those of the PNG (a, b, c, d, e, f as in CSS' matrix);
     * the first that has the PNG's size counts.
     */
    result: record({
      png: maybe(bytes),
      ways: list(record({ way: list(finite, 6), width: finite, height: finite }), 2),
    }),
  },
  /** What a shape covers. No paths where it is no shape, or one that has none. `way` leads from their coordinates to canvas pixels. */
  readOutline: {
    given: record({ target: text }),
    result: record({
      paths: list(record({ data: text, isEvenOdd: truth }), 10_000),
      way: list(finite, 6),
    }),
  },
  readPoses: {
    given: record({ target: text }),
    result: record({ poses, notes: list(text) }),
  },
  placePoses: {
    given: record({ target: text, poses, isVisible: truth }),
    result: nothing,
  },
  place: {
    given: record({
      target: text,
      pictures: list(
        record({
          png: bytes,
          width: side,
          height: side,
          area,
          name: text,
          metadata: maybe(text),
          replace: maybe(text),
        }),
        16,
      ),
      poses: maybe(record({ poses, isVisible: truth })),
      hidesShape: maybe(truth),
    }),
    result: list(text),
  },
  /** How the plug-in was started: a command of the manifest, empty where people chose its name, and what they typed with it. */
  readCommand: { given: record({}), result: record({ command: text, pose: text, view: text }) },
  /**
   * What else can be done there. `again`: a picture whose request can be made again. `flattened`: skeletons that can be drawn
   * anew. `former`: pictures that lie hidden below that one.
   */
  readFurther: {
    given: record({ target: text }),
    result: record({ again: maybe(text), flattened: whole, former: whole }),
  },
  restoreSkeletons: { given: record({ target: text }), result: whole },
  bringBackFormer: { given: record({ target: text }), result: truth },
  /** For the self-test in the real host: a scene of its own, the hands of a person, and what Figma says of itself. */
  testScene: {
    given: record({ width: side, height: side, png: maybe(bytes), poses, isSelected: truth }),
    result: text,
  },
  testAct: {
    given: record({ act: oneOf(['select', 'elsewhere', 'close', 'clean', 'end']), id: maybe(text) }),
    result: nothing,
  },
  testMain: {
    given: record({}),
    result: record({
      apiVersion: text,
      editor: text,
      hasTimers: truth,
      hasStructuredClone: truth,
      microsecondsPerReading: finite,
      /** Sides of the PNG of a frame of 100 x 50 pixels, turned by 30 degrees. */
      turnedExport: list(finite, 2),
      /** Of an ellipse that has no fill: how many paths `fillGeometry` has. */
      pathsWithoutFill: whole,
    }),
  },
  notify: { given: record({ text, isError: truth }), result: nothing },
  openLink: { given: record({ url: text }), result: nothing },
  storeRead: { given: storeName, result: maybe(bytes) },
  storeWrite: {
    given: record({ room: oneOf(['settings', 'blobs']), name: text, value: bytes }),
    result: nothing,
  },
  storeDelete: { given: storeName, result: nothing },
  storeNames: {
    given: record({ room: oneOf(['settings', 'blobs']), prefix: text }),
    result: list(text, 100_000),
  },
} as const;

export type FigmaCall = keyof typeof figmaCalls;
export type Given<C extends FigmaCall> = Shaped<(typeof figmaCalls)[C]['given']>;
export type Result<C extends FigmaCall> = Shaped<(typeof figmaCalls)[C]['result']>;

const callName = oneOf(Object.keys(figmaCalls) as FigmaCall[]);
const events = ['selection', 'poses', 'closing'] as const;
/** What the main half tells unasked. */
export type FigmaEvent = (typeof events)[number];

/** From the UI half. */
export type ToMain =
  | { readonly kind: 'call'; readonly id: number; readonly call: FigmaCall; readonly given: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** From the main half. */
export type ToUi =
  | { readonly kind: 'result'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'event'; readonly event: FigmaEvent };

/** Of the self-test, both ways, past calls and chunks: how large one message may be is not known. */
export interface EchoMessage {
  readonly stablePoseEcho: Uint8Array;
}

/** Undefined for any other message. */
export function readEcho(message: unknown): EchoMessage | undefined {
  const { stablePoseEcho } = (message ?? {}) as { readonly stablePoseEcho?: unknown };
  return isBytes(stablePoseEcho) ? { stablePoseEcho } : undefined;
}

const kindOf = record({ kind: oneOf(['call', 'cancel', 'result', 'error', 'event']) });
const idOf = record({ id: whole });

/** The envelope alone: what is given is checked by its call. @throws invalid-input */
export function checkToMain(message: unknown): ToMain {
  const { kind } = kindOf(message, 'message');
  const { id } = idOf(message, 'message');
  if (kind === 'cancel') return { kind, id };
  const { call } = record({ call: callName })(message, 'message');
  return { kind: 'call', id, call, given: (message as { given?: unknown }).given };
}

/** @throws invalid-input */
export function checkToUi(message: unknown): ToUi {
  const { kind } = kindOf(message, 'message');
  if (kind === 'event') return { kind, ...record({ event: oneOf(events) })(message, 'message') };
  const { id } = idOf(message, 'message');
  const { value, error } = message as { value?: unknown; error?: unknown };
  return kind === 'error' ? { kind, id, error } : { kind: 'result', id, value };
}
