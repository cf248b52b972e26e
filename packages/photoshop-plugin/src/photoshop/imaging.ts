/**
 * Photoshop's imaging module, as far as we use it (Photoshop 24.4 and later).
 * Source: AdobeDocs/uxp-photoshop, ps-reference/media/imaging.md.
 *
 * Where this differs from `@adobe-uxp-types/photoshop` 0.1.8, and why:
 * - `dispose` is synchronous: the page says so, the typings give a promise;
 * - `getData` takes its options optionally, as the page's own examples do;
 * - `colorProfile` and `colorSpace` are what comes back, not what was asked for: read them;
 * - `sourceBounds` of a result is in the pixels of the pyramid `level`, not of the document.
 */
export interface Imaging {
  /** The composite, or a layer. Trimmed to what has content. @throws when nothing is there */
  getPixels(options: GetPixels): Promise<PixelsResult>;
  /** Modal scope only. */
  putPixels(options: PutPixels): Promise<void>;
  /** The selection as one grey channel, trimmed. @throws when nothing is selected */
  getSelection(options: GetSelection): Promise<MaskResult>;
  /** Modal scope only. Makes one grey channel the selection. */
  putSelection(options: Omit<PutPixels, 'layerID'>): Promise<void>;
  /** Modal scope only. Gives the layer a mask that hides everything beyond the data. */
  putLayerMask(options: PutPixels): Promise<void>;
  createImageDataFromBuffer(
    buffer: Uint8Array | Uint16Array | Float32Array,
    options: ImageDataOptions,
  ): Promise<PhotoshopImageData>;
}

/** Lies in Photoshop's memory until it is disposed. */
export interface PhotoshopImageData {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly componentSize: 8 | 16 | 32;
  readonly colorSpace: ImageSpace;
  readonly hasAlpha: boolean;
  /** 16 bits run from 0 to 32768, unless `fullRange`. */
  getData(options?: {
    readonly chunky?: boolean;
    readonly fullRange?: boolean;
  }): Promise<Uint8Array | Uint16Array | Float32Array>;
  dispose(): void;
}

/** What image data can be in; a CMYK document is read as RGB, and cannot be written through this module. */
export type ImageSpace = 'RGB' | 'Grayscale' | 'Lab';

/** Right and bottom are the first pixels that are not part of it. */
export interface ImagingBounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface GetPixels {
  readonly documentID: number;
  readonly layerID?: number;
  readonly sourceBounds: ImagingBounds;
  readonly targetSize?: { readonly width: number; readonly height: number };
  readonly colorSpace?: ImageSpace;
  readonly colorProfile?: string;
  readonly componentSize?: 8 | 16 | 32;
}

export interface GetSelection {
  readonly documentID: number;
  readonly sourceBounds: ImagingBounds;
  readonly targetSize?: { readonly width: number; readonly height: number };
}

export interface PutPixels {
  readonly documentID: number;
  readonly layerID: number;
  readonly imageData: PhotoshopImageData;
  /** What was there goes away first. True when absent. */
  readonly replace?: boolean;
  readonly targetBounds: { readonly left: number; readonly top: number };
}

export interface ImageDataOptions {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly colorSpace: ImageSpace;
  readonly colorProfile: string;
}

export interface MaskResult {
  readonly imageData: PhotoshopImageData;
  readonly sourceBounds: ImagingBounds;
}

export interface PixelsResult extends MaskResult {
  /** 0 is the full size, 1 half of it, and so on. */
  readonly level: number;
}
