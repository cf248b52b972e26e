import { encodedRaster, type Raster, withChannels } from '@stable-pose/core';

/** "Images have a maximum size of 4096 pixels (4K) in width and height" (typings, `createImage`). */
const longestSide = 4096;

/** The pictures of a document, by the hash of their file. Of the three formats that Figma reads, PNG is simulated. */
export class SimulatedImages {
  private readonly files = new Map<string, { readonly bytes: Uint8Array; readonly picture: Raster }>();
  private readonly drawn = new Map<string, Raster>();

  create(data: Uint8Array) {
    if (Object.prototype.toString.call(data) !== '[object Uint8Array]') {
      throw new Error('in createImage: Expected "data" to be a Uint8Array');
    }
    const bytes = Uint8Array.from(data);
    let picture: Raster;
    try {
      // Its pixels are unpacked when somebody draws them: Figma does that elsewhere.
      picture = encodedRaster(bytes);
    } catch {
      throw new Error('in createImage: Image type is unsupported');
    }
    if (Math.max(picture.width, picture.height) > longestSide) {
      throw new Error('in createImage: Image is too large');
    }
    const hash = hashOf(bytes);
    this.files.set(hash, { bytes, picture });
    return this.handle(hash);
  }

  handle(hash: string) {
    const file = this.files.get(hash);
    if (!file) return null;
    const { bytes, picture } = file;
    return {
      hash,
      getBytesAsync: async () => bytes.slice(),
      getSizeAsync: async () => ({ width: picture.width, height: picture.height }),
    };
  }

  picture(hash: string): Raster {
    const drawn = this.drawn.get(hash) ?? withChannels(this.mustHave(hash), 4);
    this.drawn.set(hash, drawn);
    return drawn;
  }

  /** @throws for a hash of no picture, as Figma does when it is used in a paint */
  mustHave(hash: unknown): Raster {
    const file = this.files.get(String(hash));
    if (file) return file.picture;
    throw new Error(`in set_fills: Image with hash ${String(hash)} does not exist`);
  }
}

/** Forty hex digits that differ with the file, as Figma's SHA-1; FNV-1a from five starts, since pages have no hash at once. */
function hashOf(bytes: Uint8Array): string {
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];
  return words
    .map((start) => {
      let hash = start;
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
