import { corruptCheckpoint } from './checkpoint-errors.ts';

/** More values than any real header holds (a model of 20 000 tensors has 200 000), few enough to parse in a moment. */
const mostValues = 4_000_000;
const mostDepth = 16;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Parses a JSON object whose size is known to be bounded, after counting, so that a small text can not ask for much
 * memory, and refusing an object that names a key twice at its top level.
 * @throws checkpoint-corrupt
 */
export function parseLimitedJson(bytes: Uint8Array, file: string): Readonly<Record<string, unknown>> {
  const topLevelKeys = refuseBombs(bytes, file);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corruptCheckpoint(file, 'its JSON header cannot be parsed', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw corruptCheckpoint(file, 'its JSON header is not an object');
  }
  if (Object.keys(value).length !== topLevelKeys) {
    throw corruptCheckpoint(file, 'its JSON header names a key twice');
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Counts values and depth without building anything. Returns the number of keys at the top level. */
function refuseBombs(bytes: Uint8Array, file: string): number {
  let depth = 0;
  let values = 0;
  let topLevelKeys = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === backslash) i++;
      else if (byte === quote) inString = false;
      continue;
    }
    if (byte === quote) inString = true;
    else if (byte === openBrace || byte === openBracket) {
      depth++;
      values++;
      if (depth > mostDepth)
        throw corruptCheckpoint(file, `its JSON header is nested deeper than ${mostDepth}`);
    } else if (byte === closeBrace || byte === closeBracket) depth--;
    else if (byte === comma) values++;
    else if (byte === colon) {
      values++;
      if (depth === 1) topLevelKeys++;
    }
    if (values > mostValues) {
      throw corruptCheckpoint(file, `its JSON header holds more than ${mostValues} values`);
    }
  }
  return topLevelKeys;
}
