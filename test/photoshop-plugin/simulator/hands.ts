import type { SimulatedDocument, SimulatedLayer } from './simulated-document.ts';
import { movedShape } from './simulated-shapes.ts';

type Point = readonly [number, number];

/** A layer and everything in it. */
export function withInner(document: SimulatedDocument, id: number): readonly SimulatedLayer[] {
  const own = document.layer(id);
  return [own, ...document.childrenOf(id).flatMap((child) => withInner(document, child.id))];
}

/** As Free Transform of a layer or a group does with the paths in it. */
export function transformByHand(
  document: SimulatedDocument,
  id: number,
  move: (point: Point) => Point,
): void {
  const ids = new Set(withInner(document, id).map((layer) => layer.id));
  const layers = document.state.layers.map((layer) =>
    ids.has(layer.id) && layer.shape ? { ...layer, shape: movedShape(layer.shape, move) } : layer,
  );
  document.change('Free Transform', { ...document.state, layers });
}

/** As Layer > Duplicate Group: other ids, the same names and settings. */
export function duplicateByHand(document: SimulatedDocument, id: number, firstId: number): number {
  const copies = new Map(withInner(document, id).map((layer, i) => [layer.id, firstId + i]));
  const made = withInner(document, id).map((layer): SimulatedLayer => {
    const parent = layer.parent === undefined ? undefined : (copies.get(layer.parent) ?? layer.parent);
    return { ...layer, id: copies.get(layer.id) as number, ...(parent === undefined ? {} : { parent }) };
  });
  document.change('Duplicate Group', { ...document.state, layers: [...made, ...document.state.layers] });
  return firstId;
}

/** As the crop tool: the canvas begins elsewhere. */
export function cropByHand(document: SimulatedDocument, left: number, top: number): void {
  const layers = document.state.layers.map((layer) => ({
    ...layer,
    left: layer.left - left,
    top: layer.top - top,
    ...(layer.shape ? { shape: movedShape(layer.shape, ([x, y]) => [x - left, y - top]) } : {}),
  }));
  document.change('Crop', { ...document.state, layers });
}

/** As Layer > Rasterize: pixels where the shape was. */
export function rasteriseByHand(document: SimulatedDocument, id: number): void {
  const { shape: _shape, ...layer } = document.layer(id);
  const { left, top, right, bottom } = document.boundsOf(document.layer(id));
  const [width, height] = [right - left, bottom - top];
  const data = new Uint8Array(width * height * 4).fill(255);
  const image = { width, height, components: 4, hasAlpha: true, data };
  const layers = document.state.layers.map((one) =>
    one.id === id ? { ...layer, kind: 'pixel' as const, left, top, image } : one,
  );
  document.change('Rasterize', { ...document.state, layers });
}
