import type { Result } from '../messages/figma-messages.ts';
import type { Container, SceneNode } from './figma.ts';
import { skeletonsIn } from './find-skeletons.ts';
import { formerPictures } from './former-pictures.ts';
import { hasMiddle } from './node-place.ts';
import { placedPicture, requestKey } from './placed-note.ts';
import { readRecord } from './skeleton-record.ts';
import type { Steps } from './slices.ts';
import { isFrame, type WorkPlace } from './work-place.ts';

/** What can be done at a place besides making a picture there. */
export function* describeFurther(place: WorkPlace): Steps<Result<'readFurther'>> {
  if (place.kind === 'nothing') return { flattened: 0, former: 0 };
  const picture = placedAt(place);
  let flattened = 0;
  for (const node of place.kind === 'canvas' ? [place.canvas] : place.nodes) {
    const skeletons = yield* skeletonsIn(node);
    for (const found of skeletons)
      if (found.joints.length === 0 && readRecord(found.root) !== undefined) flattened++;
  }
  return {
    flattened,
    former: picture?.type === 'RECTANGLE' ? formerPictures(picture).length : 0,
    ...(picture ? { again: `node|${picture.id}` } : {}),
  };
}

/**
 * The picture with a request that is selected, else the one that lies in front on the canvas; for people who stand in no frame the one
 * in front that has their middle inside it.
 */
export function placedAt(place: WorkPlace): SceneNode | undefined {
  if (place.kind === 'nothing' || place.kind === 'shape') return undefined;
  if (place.kind === 'picture') {
    const [node] = place.nodes;
    return placedPicture(node)?.metadata === undefined ? undefined : node;
  }
  const { canvas } = place;
  const holder = isFrame(canvas) ? canvas : canvas.parent;
  if (holder === null || !('findAllWithCriteria' in holder)) return undefined;
  const found = (holder as Container).findAllWithCriteria({
    types: ['RECTANGLE'],
    pluginData: { keys: [requestKey] },
  });
  if (isFrame(canvas)) return found[found.length - 1];
  return found.reverse().find((one) => one.parent?.id === holder.id && hasMiddle(one, canvas));
}
