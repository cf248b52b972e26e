/** A font, as the API names it. */
export interface SimulatedFont {
  readonly family: string;
  readonly style: string;
}

/** Of the fonts that Figma brings, so many: whatever else is asked for is not there. */
const available: readonly SimulatedFont[] = ['Inter', 'Roboto'].flatMap((family) =>
  ['Regular', 'Medium', 'Bold'].map((style) => ({ family, style })),
);

/** The font of a new text ("by default ... Inter Regular", typings, `createText`). */
export const firstFont: SimulatedFont = available[0];

/**
 * Which fonts a plug-in has loaded: "Calling this function is necessary to modify any property of a text node that may cause the
 * rendered text to change" (developers.figma.com, `figma.loadFontAsync`).
 */
export class SimulatedFonts {
  private readonly loaded = new Set<string>();

  list(): readonly { readonly fontName: SimulatedFont }[] {
    return available.map((font) => ({ fontName: { ...font } }));
  }

  /** @throws for a font that is not there */
  load(font: SimulatedFont): void {
    if (!available.some((one) => keyOf(one) === keyOf(font)))
      throw new Error(`in loadFontAsync: The font "${keyOf(font)}" could not be loaded`);
    this.loaded.add(keyOf(font));
  }

  /** @throws for a font that was not loaded */
  mustBeLoaded(font: SimulatedFont, call: string): void {
    if (this.loaded.has(keyOf(font))) return;
    throw new Error(
      `in ${call}: Cannot write to node with unloaded font "${keyOf(font)}". Please call figma.loadFontAsync(${JSON.stringify(font)}) and await the returned promise first.`,
    );
  }
}

function keyOf({ family, style }: SimulatedFont): string {
  return `${family} ${style}`;
}
