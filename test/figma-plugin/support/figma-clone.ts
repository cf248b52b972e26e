/**
 * A value as Figma's message bridge carries it: "objects, arrays, numbers, strings, booleans, null, undefined, Date objects
 * and Uint8Array objects" (typings, `UIAPI.postMessage`). Figma drops functions; here whatever would not arrive throws.
 */
export function figmaClone(value: unknown, path = 'message'): unknown {
  if (value === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof value)) return value;
  // By their tag: what comes from another realm is no instance of this one's.
  switch (Object.prototype.toString.call(value)) {
    case '[object Uint8Array]':
      return Uint8Array.from(value as Uint8Array);
    case '[object Date]':
      return new Date((value as Date).getTime());
    case '[object Array]':
      return (value as unknown[]).map((one, i) => figmaClone(one, `${path}[${i}]`));
    case '[object Object]':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, one]) => [key, figmaClone(one, `${path}.${key}`)]),
      );
    default:
      throw new Error(`Cannot send ${path} over the bridge: ${Object.prototype.toString.call(value)}`);
  }
}
