import type { BaseNode, Container, LineNode, SceneNode } from './figma.ts';
import { partOf } from './skeleton-parts.ts';
import { isMarked, skeletonKey } from './skeleton-record.ts';
import { atOnce, nodesAtATime, type Steps } from './slices.ts';

export interface FoundJoint {
  readonly node: SceneNode;
  readonly index: number;
  readonly confidence: number;
}

export interface FoundLimb {
  readonly node: LineNode;
  readonly index: number;
}

/** A node that is one person, with the layers in it that count. */
export interface FoundSkeleton {
  readonly root: SceneNode;
  /** In the order of the layers, from the back. Several for one keypoint where people duplicated a joint. */
  readonly joints: readonly FoundJoint[];
  readonly limbs: readonly FoundLimb[];
}

/** A skeleton has no fewer joints than this where no record says that it is one. */
const fewestJoints = 3;
/** A person without a mark is one by the first of so many ellipses in it: a frame of thousands of layers is none. */
const mostEllipses = 40;

/**
 * The skeletons in `node`, itself included, from the back to the front. A marked node is one person with all that lies in
 * it, however deep; without a mark, a node with three named joints among its children is one.
 */
export function findSkeletons(node: BaseNode): readonly FoundSkeleton[] {
  return atOnce(skeletonsIn(node));
}

/** {@link findSkeletons} with rests. */
export function* skeletonsIn(node: BaseNode): Steps<readonly FoundSkeleton[]> {
  const found: FoundSkeleton[] = [];
  const roots = yield* skeletonRoots(node);
  for (const root of roots) {
    found.push(gatherSkeleton(root));
    yield;
  }
  return found;
}

/** Whether a node is a person: marked, with no marked ones in it, or with three joints among its children. */
export function isSkeleton(node: SceneNode): boolean {
  if (isMarked(node)) return !isContainer(node) || markedIn(node).length === 0;
  return hasJoints(node);
}

/**
 * The nodes that are people. Figma looks for the marks and for ellipses by itself ("hundreds of times faster" than visiting
 * every node: typings, `skipInvisibleInstanceChildren`), so that a page of other things costs next to nothing.
 */
export function* skeletonRoots(node: BaseNode): Steps<readonly SceneNode[]> {
  const own = node.type === 'PAGE' || node.type === 'DOCUMENT' ? undefined : node;
  if (!isContainer(node)) return own && isMarked(own) ? [own] : [];
  const marked = markedIn(node);
  if (own && isMarked(own)) marked.unshift(own);
  // A mark on a container around other marked ones came by a person's grouping or by a component: the inner ones count.
  const around = new Set<string>();
  for (const one of marked) {
    for (let above = one.id === node.id ? null : one.parent; above !== null; above = above.parent) {
      around.add(above.id);
      if (above.id === node.id) break;
    }
  }
  const roots = marked.filter(({ id }) => !around.has(id));
  const taken = new Set(roots.map(({ id }) => id));
  // Most pages have none without a mark: then every ellipse is in a marked one, and nobody need ask each where it lies.
  const ellipses = node.findAllWithCriteria({ types: ['ELLIPSE'] });
  let inMarked = 0;
  for (const root of roots)
    if (isContainer(root)) inMarked += root.findAllWithCriteria({ types: ['ELLIPSE'] }).length;
  if (inMarked === ellipses.length) return roots;
  const unmarked = new Map<string, SceneNode>();
  const seen = new Set<string>();
  let count = 0;
  for (const ellipse of ellipses) {
    if (++count % nodesAtATime === 0) yield;
    const { parent } = ellipse;
    const id = parent?.id;
    if (parent === null || id === undefined || seen.has(id)) continue;
    seen.add(id);
    if (parent.type === 'PAGE' || parent.type === 'DOCUMENT') continue;
    if (!isWithin(parent, taken, node) && hasJoints(parent as SceneNode))
      unmarked.set(id, parent as SceneNode);
  }
  if (unmarked.size === 0) return roots;
  const all = new Set([...Array.from(taken), ...Array.from(unmarked.keys())]);
  const outermost = Array.from(unmarked.values()).filter(
    (one) => one.parent === null || one.id === node.id || !isWithin(one.parent, all, node),
  );
  return inOrder([...roots, ...outermost], node);
}

/** Every kind of node with children that people can make. */
const containers = [
  'PAGE',
  'FRAME',
  'GROUP',
  'COMPONENT',
  'COMPONENT_SET',
  'INSTANCE',
  'SECTION',
  'BOOLEAN_OPERATION',
  'TRANSFORM_GROUP',
];

function isContainer(node: BaseNode): node is Container & BaseNode {
  return containers.includes(node.type);
}

function markedIn(node: Container): SceneNode[] {
  return node.findAllWithCriteria({ pluginData: { keys: [skeletonKey] } }) as SceneNode[];
}

function isWithin(node: BaseNode, ids: ReadonlySet<string>, limit: BaseNode): boolean {
  for (let at: BaseNode | null = node; at !== null; at = at.parent) {
    if (ids.has(at.id)) return true;
    if (at.id === limit.id) return false;
  }
  return false;
}

function hasJoints(node: SceneNode): boolean {
  if (!isContainer(node)) return false;
  const joints = new Set<number>();
  const { id } = node;
  for (const ellipse of node.findAllWithCriteria({ types: ['ELLIPSE'] }).slice(0, mostEllipses)) {
    if (ellipse.parent?.id !== id) continue;
    const part = partOf(ellipse);
    if (part?.kind === 'joint' && ellipse.visible) joints.add(part.index);
    if (joints.size >= fewestJoints) return true;
  }
  return false;
}

/** From the back to the front. */
function inOrder(nodes: readonly SceneNode[], limit: BaseNode): readonly SceneNode[] {
  const pathOf = (node: SceneNode): readonly number[] => {
    const path: number[] = [];
    for (let at: BaseNode = node; at.id !== limit.id && at.parent !== null; at = at.parent) {
      const { id } = at;
      path.unshift((at.parent as Container).children.findIndex((one) => one.id === id));
    }
    return path;
  };
  const placed = nodes.map((node) => ({ node, path: pathOf(node) }));
  placed.sort((a, b) => {
    for (let i = 0; i < Math.min(a.path.length, b.path.length); i++)
      if (a.path[i] !== b.path[i]) return a.path[i] - b.path[i];
    return a.path.length - b.path.length;
  });
  return placed.map(({ node }) => node);
}

/**
 * The layers of a person, of whom {@link skeletonRoots} gave the node. Joints are ellipses and limbs are lines: Figma finds these by
 * itself, which spares a look at the type of each layer.
 */
export function gatherSkeleton(root: SceneNode): FoundSkeleton {
  const joints: FoundJoint[] = [];
  const limbs: FoundLimb[] = [];
  if (!isContainer(root)) return { root, joints, limbs };
  // Without a mark on it a node is a person by its own children alone.
  const isDeep = isMarked(root);
  const { id } = root;
  const isOwn = (node: SceneNode) => isDeep || node.parent?.id === id;
  for (const node of root.findAllWithCriteria({ types: ['ELLIPSE'] })) {
    const part = isOwn(node) ? partOf(node) : undefined;
    if (part?.kind === 'joint' && node.visible)
      joints.push({ node, index: part.index, confidence: part.confidence });
  }
  for (const node of root.findAllWithCriteria({ types: ['LINE'] })) {
    const part = isOwn(node) ? partOf(node) : undefined;
    if (part?.kind === 'limb') limbs.push({ node, index: part.index });
  }
  return { root, joints, limbs };
}
