import { StablePoseError } from '@stable-pose/core/errors';
import type { ComponentNode, Figma, FrameNode, InstanceNode, PageNode, SceneNode } from './figma.ts';
import { isSkeleton } from './find-skeletons.ts';
import { isInInstance } from './node-place.ts';
import { partOf } from './skeleton-parts.ts';
import type { Steps } from './slices.ts';

/** Where work is done. A canvas is a frame, or for a node that lies in none the node itself. */
export type WorkPlace =
  | { readonly kind: 'nothing'; readonly page: PageNode }
  | { readonly kind: 'canvas'; readonly canvas: SceneNode }
  /** One picture or shape, or one skeleton or more. */
  | {
      readonly kind: 'picture' | 'shape' | 'skeleton';
      readonly canvas: SceneNode;
      readonly nodes: readonly SceneNode[];
    };

export type CanvasFrame = FrameNode | ComponentNode | InstanceNode;

export function isFrame(node: { readonly type: string }): node is CanvasFrame {
  return node.type === 'FRAME' || node.type === 'COMPONENT' || node.type === 'INSTANCE';
}

/** Of a selection of thousands, so many are looked at. */
const mostSelected = 200;

/** What is selected, as places of one kind: the first is worked on. */
export function* selectedPlaces({
  currentPage,
}: Pick<Figma, 'currentPage'>): Steps<readonly [WorkPlace, ...WorkPlace[]]> {
  const places: WorkPlace[] = [];
  const seen = new Set<string>();
  for (const selected of currentPage.selection.slice(0, mostSelected)) {
    // People may have deleted it during a rest.
    if (selected.removed) continue;
    const node = meant(selected);
    if (!seen.has(node.id)) places.push(placeOf([node]));
    seen.add(node.id);
    yield;
  }
  const [first] = places;
  if (first === undefined) return [{ kind: 'nothing', page: currentPage }];
  const alike = places.filter(({ kind }) => kind === first.kind);
  if (first.kind !== 'skeleton') return [first, ...alike.slice(1)];
  const nodes: SceneNode[] = [];
  for (const one of alike)
    if (one.kind === 'skeleton' && one.canvas.id === first.canvas.id) nodes.push(...one.nodes);
  return [{ ...first, nodes }];
}

export function targetOf(place: WorkPlace): string {
  if (place.kind === 'nothing') return `page|${place.page.id}`;
  if (place.kind === 'canvas') return `node|${place.canvas.id}`;
  return `node|${place.nodes.map(({ id }) => id).join('|')}`;
}

/** @throws host-target-gone */
export async function findPlace(figma: Pick<Figma, 'getNodeByIdAsync'>, target: string): Promise<WorkPlace> {
  const [kind, ...ids] = target.split('|');
  const found = await Promise.all(ids.map((id) => figma.getNodeByIdAsync(id)));
  const first = found[0];
  if (kind === 'page' && first !== null && first?.type === 'PAGE') return { kind: 'nothing', page: first };
  const nodes: SceneNode[] = [];
  for (const node of found) {
    if (node !== null && node.type !== 'PAGE' && node.type !== 'DOCUMENT') nodes.push(node);
  }
  if (kind === 'node' && nodes.length > 0) return placeOf(nodes);
  throw new StablePoseError('host-target-gone', 'What was worked on is no longer in the document.', {
    remedy: 'Select a frame and try again.',
  });
}

/** Of limbs: as wide as in the pictures that models know, 10 of 512 pixels. */
export function lineWidthOn({ width, height }: SceneNode): number {
  return Math.max(1, (10 * Math.min(width, height)) / 512);
}

/** Why nothing can be placed here: a sentence for people. */
export function obstacleOf(place: WorkPlace): string | undefined {
  if (place.kind === 'nothing') return undefined;
  const { canvas } = place;
  if (canvas.type === 'INSTANCE' || isInInstance(canvas)) {
    return 'Nothing can be added to an instance. Select its main component, or detach the instance.';
  }
  return undefined;
}

/** Whoever moves a joint or a limb means the people of its frame, or its own where there is none: not a shape of that size. */
function meant(node: SceneNode): SceneNode {
  if (partOf(node) === undefined) return node;
  for (let above = node.parent; above !== null; above = above.parent) {
    if (above.type === 'PAGE' || above.type === 'DOCUMENT') break;
    if (isSkeleton(above as SceneNode)) return canvasOf(above as SceneNode, true);
  }
  return node;
}

function placeOf(nodes: readonly SceneNode[]): WorkPlace {
  const [first] = nodes;
  const isPerson = isSkeleton(first);
  const canvas = canvasOf(first, isPerson);
  if (isPerson) return { kind: 'skeleton', canvas, nodes };
  if (isFrame(first)) return { kind: 'canvas', canvas };
  if (hasPicture(first)) return { kind: 'picture', canvas, nodes: [first] };
  return { kind: 'shape', canvas, nodes: [first] };
}

function canvasOf(node: SceneNode, isPerson = isSkeleton(node)): SceneNode {
  if (isFrame(node) && !isPerson) return node;
  for (let above = node.parent; above !== null; above = above.parent) if (isFrame(above)) return above;
  return node;
}

function hasPicture(node: SceneNode): boolean {
  if (!('fills' in node) || !Array.isArray(node.fills)) return false;
  return node.fills.some(({ type, visible }) => type === 'IMAGE' && visible !== false);
}
