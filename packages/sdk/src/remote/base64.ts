/** Bytes in base64, in any engine that has `btoa`; in parts, because arguments have a limit. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  const part = 0x8000;
  for (let i = 0; i < bytes.length; i += part) binary += String.fromCharCode(...bytes.subarray(i, i + part));
  return btoa(binary);
}

/** @throws DOMException when it is no base64 */
export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
