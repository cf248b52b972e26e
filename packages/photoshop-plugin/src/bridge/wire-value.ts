import { StablePoseError } from '@stable-pose/core';

/** A value on its way: JSON text, and the bytes in it, which the text names by their place in the list. */
export interface WireValue {
  readonly text: string;
  readonly parts: readonly Uint8Array[];
}

const key = '$bytes';

/**
 * A value for the webview's bridge, which turns messages into JSON whatever they are: bytes would become objects of numbers.
 * @throws invalid-input for what JSON cannot hold
 */
export function toWire(value: unknown): WireValue {
  const parts: Uint8Array[] = [];
  const text = JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return { [key]: parts.push(one) - 1 };
    if (typeof one === 'function' || typeof one === 'symbol' || typeof one === 'bigint') {
      throw new StablePoseError('invalid-input', `A ${typeof one} cannot cross the bridge.`);
    }
    return one;
  });
  return { text, parts };
}

/** The way back. @throws invalid-input for a text that is no JSON, or names bytes that did not come */
export function fromWire({ text, parts }: WireValue): unknown {
  try {
    return JSON.parse(text, (_, one: unknown) => {
      const index = typeof one === 'object' && one !== null ? (one as { [key]?: unknown })[key] : undefined;
      if (typeof index !== 'number') return one;
      const part = parts[index];
      if (!part) throw new Error(`Bytes ${index} of ${parts.length}.`);
      return part;
    });
  } catch (error) {
    throw new StablePoseError('invalid-input', 'A message on the bridge is malformed.', { cause: error });
  }
}
