import type { BaseNode, Container, LineNode, SceneNode } from './figma.ts';
import { partOf, type SkeletonPart } from './skeleton-parts.ts';
import { isMarked } from './skeleton-record.ts';

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

/**
 * The skeletons in `node`, itself included, from the back to the front. A marked node is one person with all that lies in
 * it, however deep; without a mark, a node with three named joints among its children is one.
 */
export function findSkeletons(node: BaseNode): readonly FoundSkeleton[] {
  const found: FoundSkeleton[] = [];
  visit(node, found);
  return found;
}

function visit(node: BaseNode, found: FoundSkeleton[]): void {
  if (node.type !== 'PAGE' && node.type !== 'DOCUMENT' && isMarked(node)) {
    // A mark on a container around other marked ones came by a person's grouping or by a component: the inner ones count.
    if (!marksInside(node)) {
      found.push(gather(node, (child) => childrenOf(child)));
      return;
    }
  } else if (node.type !== 'PAGE' && node.type !== 'DOCUMENT') {
    const own = gather(node, (child) => (child === node ? childrenOf(child) : []));
    if (own.joints.length >= fewestJoints) {
      found.push(own);
      return;
    }
  }
  for (const child of childrenOf(node)) visit(child, found);
}

function marksInside(node: BaseNode): boolean {
  return childrenOf(node).some((child) => isMarked(child) || marksInside(child));
}

function gather(root: SceneNode, inside: (node: BaseNode) => readonly SceneNode[]): FoundSkeleton {
  const joints: FoundJoint[] = [];
  const limbs: FoundLimb[] = [];
  const take = (node: BaseNode) => {
    for (const child of inside(node)) {
      const part: SkeletonPart | undefined = partOf(child);
      if (part?.kind === 'joint' && child.visible) {
        joints.push({ node: child, index: part.index, confidence: part.confidence });
      } else if (part?.kind === 'limb' && child.type === 'LINE') {
        limbs.push({ node: child, index: part.index });
      }
      take(child);
    }
  };
  take(root);
  return { root, joints, limbs };
}

function childrenOf(node: BaseNode): readonly SceneNode[] {
  return 'children' in node ? ((node as Container).children as readonly SceneNode[]) : [];
}
