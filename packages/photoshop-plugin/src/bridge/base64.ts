/** Bytes a step: `String.fromCharCode` takes its arguments on the stack. A multiple of 3, so that steps can be joined. */
const step = 3 * 8192;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += step) {
    text += btoa(String.fromCharCode(...bytes.subarray(i, i + step)));
  }
  return text;
}

/** Into a place for them. @returns how many there were @throws RangeError where they do not fit; what `atob` throws */
export function fromBase64(text: string, into: Uint8Array): number {
  const binary = atob(text);
  if (binary.length > into.length) throw new RangeError('More bytes than were announced.');
  for (let i = 0; i < binary.length; i++) into[i] = binary.charCodeAt(i);
  return binary.length;
}
