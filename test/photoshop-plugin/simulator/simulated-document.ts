import { type Raster, type Rectangle, raster } from '@stable-pose/core';
import type { ImagingBounds } from '../../../packages/photoshop-plugin/src/photoshop/imaging.ts';
import { toSrgb } from './simulated-colour.ts';

/** Samples as the document keeps them; alpha, where there is one, is the last component. Never changed in place. */
export interface SimulatedImage {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly hasAlpha: boolean;
  readonly data: Uint8Array | Uint16Array | Float32Array;
}

export interface SimulatedLayer {
  readonly id: number;
  readonly name: string;
  readonly isVisible: boolean;
  readonly left: number;
  readonly top: number;
  /** Absent: an empty layer. */
  readonly image?: SimulatedImage;
  readonly mask?: { readonly left: number; readonly top: number; readonly raster: Raster };
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What history keeps. From front to back. */
export interface SimulatedState {
  readonly layers: readonly SimulatedLayer[];
  readonly activeIds: readonly number[];
}

export interface SimulatedSelection {
  readonly area: Rectangle;
  readonly mask?: Raster;
}

export class SimulatedDocument {
  readonly id: number;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly mode: string;
  readonly depth: 8 | 16 | 32;
  readonly history: { readonly name: string; readonly before: SimulatedState }[] = [];
  state: SimulatedState = { layers: [], activeIds: [] };
  selection: SimulatedSelection | undefined;
  suspension: { readonly name: string; readonly before: SimulatedState } | undefined;

  constructor(id: number, canvas: SimulatedDocument['canvas'], mode: string, depth: 8 | 16 | 32) {
    this.id = id;
    this.canvas = canvas;
    this.mode = mode;
    this.depth = depth;
  }

  change(name: string, state: SimulatedState): void {
    if (!this.suspension) this.history.push({ name, before: this.state });
    this.state = state;
  }

  layer(id: number): SimulatedLayer {
    const layer = this.state.layers.find((one) => one.id === id);
    if (!layer) throw new Error(`The layer ${id} is not in the document.`);
    return layer;
  }

  changeLayer(name: string, id: number, more: Partial<SimulatedLayer>): void {
    this.layer(id);
    const layers = this.state.layers.map((layer) => (layer.id === id ? { ...layer, ...more } : layer));
    this.change(name, { ...this.state, layers });
  }

  /** RGBA, 8 bits in sRGB, of the layers that are shown, or of one layer without its mask. */
  render(bounds: ImagingBounds, only?: SimulatedLayer): Raster {
    const width = bounds.right - bounds.left;
    const out = raster(width, bounds.bottom - bounds.top, 4);
    const layers = only ? [only] : this.state.layers.filter(({ isVisible }) => isVisible).reverse();
    for (let y = bounds.top; y < bounds.bottom; y++) {
      for (let x = bounds.left; x < bounds.right; x++) {
        let colour: readonly number[] = [0, 0, 0];
        let alpha = 0;
        for (const layer of layers) {
          const seen = this.sample(layer, x, y, only === undefined);
          if (seen === undefined || seen.alpha === 0) continue;
          const under = alpha * (1 - seen.alpha);
          const sum = seen.alpha + under;
          colour = colour.map((below, c) => (seen.colour[c] * seen.alpha + below * under) / sum);
          alpha = sum;
        }
        const at = 4 * ((y - bounds.top) * width + x - bounds.left);
        out.data.set([...colour.map((value) => Math.round(value * 255)), Math.round(alpha * 255)], at);
      }
    }
    return out;
  }

  private sample({ image, mask, left, top }: SimulatedLayer, x: number, y: number, isMasked: boolean) {
    if (!image || x < left || y < top || x >= left + image.width || y >= top + image.height) return undefined;
    const at = ((y - top) * image.width + x - left) * image.components;
    const colours = image.components - (image.hasAlpha ? 1 : 0);
    const full = this.depth === 8 ? 255 : this.depth === 16 ? 32768 : 1;
    const shown = !mask || !isMasked ? 1 : maskAt(mask, x, y) / 255;
    const alpha = (image.hasAlpha ? image.data[at + colours] / full : 1) * shown;
    return { colour: toSrgb(this.mode, this.depth, [...image.data.slice(at, at + colours)]), alpha };
  }
}

/** A new mask hides what its data do not reach. */
function maskAt(
  { left, top, raster: { width, height, data } }: NonNullable<SimulatedLayer['mask']>,
  x: number,
  y: number,
) {
  const [column, row] = [x - left, y - top];
  return column < 0 || row < 0 || column >= width || row >= height ? 0 : data[row * width + column];
}

export function layerBounds({ left, top, image }: SimulatedLayer): ImagingBounds {
  if (!image) return { left: 0, top: 0, right: 0, bottom: 0 };
  return { left, top, right: left + image.width, bottom: top + image.height };
}

/** The smallest part in which a picture has anything; undefined when it is empty. */
export function contentOf(
  width: number,
  height: number,
  isThere: (index: number) => boolean,
): ImagingBounds | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isThere(y * width + x)) continue;
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x + 1);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom } : undefined;
}
