import type { Paint, RectangleNode } from './figma.ts';
import { notePlaced, placedPicture } from './placed-note.ts';

/** A fill that was replaced, and the request that made it. */
interface Former {
  readonly hash: string;
  readonly metadata?: string;
}

const key = 'stable-pose.former';
/** Of one rectangle, besides the picture that shows: each stays in the file with its pixels. */
export const mostFormer = 4;
/** An entry of plugin data has 100 kB at most; requests of pictures far below that are all kept. */
const mostBytes = 90_000;

/** The hidden pictures below the one that shows, the latest first. */
export function formerPictures(node: RectangleNode): readonly Former[] {
  const text = node.getPluginData(key);
  if (text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return [];
    return value.filter((one: Former) => typeof one?.hash === 'string').slice(0, mostFormer);
  } catch {
    return [];
  }
}

/** @returns writes the note on former pictures as it is now */
export function keepFormer(node: RectangleNode): () => void {
  const text = node.getPluginData(key);
  return () => node.setPluginData(key, text);
}

/** Shows a new picture; what shows now lies hidden below it, and the oldest of these goes. */
export function showPicture(node: RectangleNode, paint: Paint, metadata: string | undefined): void {
  const now = shownPicture(node);
  const former = now ? [now, ...formerPictures(node)].slice(0, mostFormer) : formerPictures(node);
  write(node, paint, former, metadata);
}

/**
 * Shows the latest of the former pictures again; what shows now becomes the oldest, so that going on comes round to it.
 * @returns false where there is none
 */
export function bringBackFormer(node: RectangleNode): boolean {
  const [latest, ...older] = formerPictures(node);
  const now = shownPicture(node);
  if (latest === undefined || now === undefined) return false;
  const paint = imagesOf(node).find(({ imageHash }) => imageHash === latest.hash);
  if (paint === undefined) return false;
  write(node, { ...paint, visible: true } as Paint, [...older, now], latest.metadata);
  return true;
}

function write(
  node: RectangleNode,
  paint: Paint,
  former: readonly Former[],
  metadata: string | undefined,
): void {
  const images = imagesOf(node);
  const kept: Former[] = [];
  const paints: Paint[] = [];
  for (const one of former) {
    const old = images.find(({ imageHash }) => imageHash === one.hash);
    const isRoom = JSON.stringify([...kept, one]).length <= mostBytes;
    if (!old || !isRoom || kept.some(({ hash }) => hash === one.hash)) continue;
    kept.push(one);
    // From the back: the oldest first.
    paints.unshift({ ...old, visible: false });
  }
  node.fills = [...paints, paint];
  node.setPluginData(key, JSON.stringify(kept));
  notePlaced(node, metadata);
}

function shownPicture(node: RectangleNode): Former | undefined {
  const images = imagesOf(node).filter(({ visible }) => visible !== false);
  const hash = images[images.length - 1]?.imageHash;
  if (typeof hash !== 'string') return undefined;
  const { metadata } = placedPicture(node) ?? {};
  return { hash, ...(metadata === undefined ? {} : { metadata }) };
}

type ImageFill = Extract<Paint, { readonly type: 'IMAGE' }>;

function imagesOf(node: RectangleNode): readonly ImageFill[] {
  const { fills } = node;
  if (!Array.isArray(fills)) return [];
  return (fills as readonly Paint[]).filter((paint): paint is ImageFill => paint.type === 'IMAGE');
}
