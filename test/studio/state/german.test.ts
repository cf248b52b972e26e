import { errorCodes } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';
import { english } from '../../../packages/studio/src/text/english.ts';
import { german } from '../../../packages/studio/src/text/german.ts';

describe('the panel in German', () => {
  it('has a sentence of its own for every error, and says in it what to do or what is so', () => {
    const { errors = {} as never } = german;
    const sentences = errorCodes.map((code) => errors[code]);
    for (const sentence of sentences) expect(sentence).toMatch(/^\p{Lu}.+\.$/u);
    expect(new Set(sentences).size).toBe(errorCodes.length);
    // Errors speak English themselves.
    expect(english.errors).toBeUndefined();
  });

  it('says what the engine of a page says of itself, and leaves alone what it does not know', () => {
    const say = german.engineWords!;
    expect(say('wasm, 2 threads, in a worker')).toBe('wasm, 2 threads, neben der Seite');
    expect(say('The model film cannot be opened: It is cut off.')).toBe(
      'Das Modell film lässt sich nicht öffnen: It is cut off.',
    );
    expect(say('webgpu in a worker was passed over: no device.')).toBe(
      'webgpu in a worker wurde übergangen: no device.',
    );
    expect(say('Something new.')).toBeUndefined();
    expect(german.engines.nameOf('remote', 'Server at 10.0.0.2')).toBe('Server unter 10.0.0.2');
  });
});
