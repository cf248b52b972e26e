import type { SceneNode } from './figma.ts';

export const placedKey = 'stable-pose.placed';
export const requestKey = 'stable-pose.request';

/** What placed pictures carry: that they are ours, and the request that made them. */
export function notePlaced(node: SceneNode, metadata: string | undefined): void {
  // The empty text is the same as none to Figma, so the mark says whether there is one.
  node.setPluginData(placedKey, metadata === undefined ? 'plain' : 'with request');
  node.setPluginData(requestKey, metadata ?? '');
  node.setRelaunchData(metadata === undefined ? { open: '' } : { again: '', open: '' });
}

export function placedPicture(
  node: SceneNode,
): { readonly id: string; readonly metadata?: string } | undefined {
  const marked = node.getPluginData(placedKey);
  if (marked === '') return undefined;
  if (marked !== 'with request') return { id: node.id };
  return { id: node.id, metadata: node.getPluginData(requestKey) };
}
