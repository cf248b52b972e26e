import { keypointNames, limbs } from '@stable-pose/core/pose';
import type { BaseNode } from './figma.ts';

/** What a node of a skeleton stands for. Indices are COCO's for joints and Stable-Pose's order for limbs. */
export type SkeletonPart =
  | { readonly kind: 'joint'; readonly index: number; readonly confidence: number }
  | { readonly kind: 'limb'; readonly index: number };

const key = 'stable-pose.part';

export function limbName(index: number): string {
  const { from, to } = limbs[index];
  return `${keypointNames[from]} to ${keypointNames[to]}`;
}

export function markPart(node: BaseNode, part: SkeletonPart): void {
  node.setPluginData(key, JSON.stringify(part));
}

/**
 * What a node stands for: by its plugin data, which stays when people rename or duplicate it, else by its name, which stays
 * when the data does not. Undefined for any other node.
 */
export function partOf(node: BaseNode): SkeletonPart | undefined {
  return partOfData(node.getPluginData(key)) ?? partOfName(node);
}

function partOfData(text: string): SkeletonPart | undefined {
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, index, confidence } = value as Record<string, unknown>;
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0) return undefined;
  if (kind === 'limb') return index < limbs.length ? { kind, index } : undefined;
  if (kind !== 'joint' || index >= keypointNames.length) return undefined;
  const isShare = typeof confidence === 'number' && confidence > 0 && confidence <= 1;
  return { kind, index, confidence: isShare ? confidence : 1 };
}

function partOfName({ name, type }: BaseNode): SkeletonPart | undefined {
  if (type === 'ELLIPSE') {
    const index = (keypointNames as readonly string[]).indexOf(name);
    return index < 0 ? undefined : { kind: 'joint', index, confidence: 1 };
  }
  if (type !== 'LINE') return undefined;
  const index = limbs.findIndex((_, i) => limbName(i) === name);
  return index < 0 ? undefined : { kind: 'limb', index };
}
