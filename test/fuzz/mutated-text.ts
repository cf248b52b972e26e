/** Values that readers tend to trip over. */
const oddValues: readonly unknown[] = [
  null,
  true,
  '',
  '1',
  'NaN',
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  1e-320,
  1e308,
  -1e308,
  4294967296,
  999999.5,
  [],
  {},
  [[]],
  [null],
  [0, 0, 0],
  [1, 1, 1],
  { length: 54 },
  { keypoints: [] },
];

const oddTexts: readonly string[] = [
  '1e999',
  '-1e999',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  '\\u0000',
  'null',
  '-',
  '0',
  '<',
  '>',
  '&a;',
  '<!DOCTYPE a [<!ENTITY a "b">]>',
  'transform="scale(1e200)"',
  'transform="rotate(7 1 2)"',
  'id="P99_J17"',
];

/** Changes a text: as JSON, a value here and there, or as plain text. */
export function mutatedText(texts: readonly string[], random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  let text = pick(texts);
  if (random() < 0.7) {
    try {
      let value: unknown = JSON.parse(text);
      for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
        value = mutatedValue(value, random, pick(texts));
      }
      return JSON.stringify(value) ?? 'null';
    } catch {
      // A starting file that is no JSON is changed as text.
    }
  }
  for (let left = 1 + Math.floor(random() * 6); left > 0; left--) {
    const at = Math.floor(random() * (text.length + 1));
    const length = Math.floor(random() ** 3 * Math.min(200, text.length));
    const kind = Math.floor(random() * 4);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + length);
    else if (kind === 1) text = text.slice(0, at) + pick(oddTexts) + text.slice(at + length);
    else if (kind === 2) text = text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    else text = text.slice(0, at) + pick(texts).slice(0, length) + text.slice(at);
  }
  return text;
}

/** Changes one place of a JSON value, found by walking down at random. */
function mutatedValue(value: unknown, random: () => number, other: string): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  if (Array.isArray(value) && value.length > 0 && random() < 0.85) {
    const list: unknown[] = [...value];
    const at = Math.floor(random() * list.length);
    const kind = random();
    if (kind < 0.1) list.splice(at, 1 + Math.floor(random() * 3));
    else if (kind < 0.2) list.splice(at, 0, ...list.slice(at, at + 1 + Math.floor(random() * 8)));
    else list[at] = mutatedValue(list[at], random, other);
    return list;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random() < 0.85) {
    const record: Record<string, unknown> = { ...value };
    const keys = Object.keys(record);
    if (keys.length > 0) {
      const key = pick(keys);
      const kind = random();
      if (kind < 0.1) delete record[key];
      else if (kind < 0.2) record[pick(keys)] = record[key];
      else record[key] = mutatedValue(record[key], random, other);
      return record;
    }
  }
  if (typeof value === 'number' && random() < 0.5) {
    return pick([value * 1000, -value, value / 1000, value + 0.5, Math.trunc(value), value - 1000]);
  }
  if (random() < 0.1) {
    try {
      return JSON.parse(other) as unknown;
    } catch {
      return other.slice(0, 20);
    }
  }
  return pick(oddValues);
}
