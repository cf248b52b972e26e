import { type ErrorCode, type Raster, StablePoseError } from '@stable-pose/core';

/** A broken rule, as a sentence. */
export function expect(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  expect(a === b, `${what}: expected ${b}, got ${a}.`);
}

/** Whether work rejects with one of the codes. */
export async function expectRejection(
  work: () => Promise<unknown>,
  codes: ErrorCode | readonly ErrorCode[],
  what: string,
): Promise<void> {
  const wanted = typeof codes === 'string' ? [codes] : codes;
  const said = wanted.join(' or ');
  let value: unknown;
  try {
    value = await work();
  } catch (error) {
    expect(
      StablePoseError.is(error),
      `${what}: a StablePoseError with code ${said} was expected, got ${String(error)}.`,
    );
    expect(
      wanted.includes(error.code),
      `${what}: code ${said} was expected, got ${error.code}: ${error.message}`,
    );
    return;
  }
  throw new Error(
    `${what}: a rejection with ${said} was expected, got ${JSON.stringify(value)?.slice(0, 200)}.`,
  );
}

/** Whether two pictures are the same, give or take `tolerance` a channel. */
export function expectSamePicture(actual: Raster, expected: Raster, tolerance: number, what: string): void {
  const form = ({ width, height, channels }: Raster) => `${width} x ${height} x ${channels}`;
  expect(form(actual) === form(expected), `${what}: expected ${form(expected)}, got ${form(actual)}.`);
  for (let i = 0; i < expected.data.length; i++) {
    if (Math.abs(actual.data[i] - expected.data[i]) <= tolerance) continue;
    const pixel = Math.floor(i / expected.channels);
    const place = `(${pixel % expected.width}, ${Math.floor(pixel / expected.width)})`;
    const at = (picture: Raster) =>
      [...picture.data.subarray(pixel * picture.channels, (pixel + 1) * picture.channels)].join(', ');
    throw new Error(`${what}: at ${place} expected ${at(expected)}, got ${at(actual)}.`);
  }
}
