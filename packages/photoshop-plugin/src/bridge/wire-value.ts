import { StablePoseError } from '@stable-pose/core';

const key = '$bytes';
/** Bytes a step: `String.fromCharCode` takes its arguments on the stack. A multiple of 3, so that steps can be joined. */
const step = 3 * 8192;

/**
 * A value as JSON text: the webview's bridge turns messages into JSON whatever they are, and bytes would become objects of
 * numbers. Bytes travel as base64. @throws invalid-input for what JSON cannot hold
 */
export function toWire(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return { [key]: base64(one) };
    if (typeof one === 'function' || typeof one === 'symbol' || typeof one === 'bigint') {
      throw new StablePoseError('invalid-input', `A ${typeof one} cannot cross the bridge.`);
    }
    return one;
  });
}

/** The way back. @throws invalid-input for a text that is no JSON */
export function fromWire(text: string): unknown {
  try {
    return JSON.parse(text, (_, one: unknown) => {
      const bytes = typeof one === 'object' && one !== null ? (one as { [key]?: unknown })[key] : undefined;
      return typeof bytes === 'string' ? bytesOf(bytes) : one;
    });
  } catch (error) {
    throw new StablePoseError('invalid-input', 'A message on the bridge is no JSON.', { cause: error });
  }
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += step) {
    text += btoa(String.fromCharCode(...bytes.subarray(i, i + step)));
  }
  return text;
}

function bytesOf(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
