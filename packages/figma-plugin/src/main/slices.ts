/** Work in steps: after each `yield` the main half may rest. */
export type Steps<T> = Generator<undefined, T>;

/** What resting needs of the sandbox. */
export interface Rest {
  /** Milliseconds. */
  now(): number;
  /** Resolves when Figma had its turn. */
  pause(): Promise<void>;
}

/** Figma stands still while the main half works: after so long it rests. A third of what people notice. */
export const sliceMs = 16;

/** Nodes that are looked at between two steps. */
export const nodesAtATime = 40;

/** Works step by step and rests in between. @param goesOn throws where nobody wants the result any more */
export async function inSlices<T>(
  work: Steps<T>,
  { now, pause }: Rest,
  goesOn: () => void = () => undefined,
): Promise<T> {
  let begin = now();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (now() - begin < sliceMs) continue;
    await pause();
    goesOn();
    begin = now();
  }
}

export function atOnce<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

declare const setTimeout: ((work: () => void, ms: number) => unknown) | undefined;

/**
 * By the sandbox's own timer. Figma's documentation lists `setTimeout` among what is missing on one page, and recommends it on
 * another (how-plugins-run, frozen-plugins): where it is missing there is no rest.
 */
export const sandboxRest: Rest = {
  now: () => Date.now(),
  pause: () =>
    typeof setTimeout === 'function'
      ? new Promise((resolve) => setTimeout(resolve as () => void, 0))
      : Promise.resolve(),
};
