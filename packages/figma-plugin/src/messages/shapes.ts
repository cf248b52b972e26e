import { StablePoseError } from '@stable-pose/core/errors';

/** Reads a value that came from the other half: gives it back with its type, built anew. @throws invalid-input */
export type Shape<T> = (value: unknown, path: string) => T;
export type Shaped<S> = S extends Shape<infer T> ? T : never;

/** By its tag: a value from another realm is no instance of this one's. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === '[object Uint8Array]';
}

export function wrong(path: string, wanted: string): StablePoseError {
  return new StablePoseError(
    'invalid-input',
    `${path} of a message between the plug-in's halves is no ${wanted}.`,
  );
}

function primitive<T>(wanted: string, is: (value: unknown) => boolean): Shape<T> {
  return (value, path) => {
    if (is(value)) return value as T;
    throw wrong(path, wanted);
  };
}

export const text = primitive<string>('text', (value) => typeof value === 'string');
export const truth = primitive<boolean>('truth value', (value) => typeof value === 'boolean');
export const finite = primitive<number>('finite number', (value) => Number.isFinite(value));
export const whole = primitive<number>('whole number', (value) => Number.isInteger(value));
export const side = primitive<number>(
  'side of 1 or more',
  (value) => Number.isInteger(value) && Number(value) > 0,
);
export const bytes = primitive<Uint8Array>('bytes', isBytes);
export const nothing = primitive<undefined>('nothing', (value) => value === undefined || value === null);

export function oneOf<const T extends string>(words: readonly T[]): Shape<T> {
  return primitive<T>(`one of ${words.join(', ')}`, (value) => (words as readonly unknown[]).includes(value));
}

export function list<T>(item: Shape<T>, most = 1000): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > most) throw wrong(path, `list of at most ${most}`);
    return value.map((one, i) => item(one, `${path}[${i}]`));
  };
}

/** Also null, which JSON makes of it. */
export function maybe<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path));
}

type Entries = Readonly<Record<string, Shape<unknown>>>;
type Optional<E extends Entries> = { [K in keyof E]: undefined extends Shaped<E[K]> ? K : never }[keyof E];
type Built<E extends Entries> = { readonly [K in Exclude<keyof E, Optional<E>>]: Shaped<E[K]> } & {
  readonly [K in Optional<E>]?: Exclude<Shaped<E[K]>, undefined>;
};

/** Absent entries stay absent, unknown ones are dropped. */
export function record<E extends Entries>(entries: E): Shape<Built<E>> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'object');
    const built: Record<string, unknown> = {};
    for (const key of Object.keys(entries)) {
      const one = entries[key]((value as Record<string, unknown>)[key], `${path}.${key}`);
      if (one !== undefined) built[key] = one;
    }
    return built as Built<E>;
  };
}
