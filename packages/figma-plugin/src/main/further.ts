import type { Result } from '../messages/figma-messages.ts';
import type { Container, SceneNode } from './figma.ts';
import { skeletonsIn } from './find-skeletons.ts';
import { formerPictures } from './former-pictures.ts';
import { placedPicture, requestKey } from './placed-note.ts';
import { readRecord } from './skeleton-record.ts';
import type { Steps } from './slices.ts';
import type { WorkPlace } from './work-place.ts';

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

/** The picture with a request that is selected, else the one that lies in front on the canvas. */
export function placedAt(place: WorkPlace): SceneNode | undefined {
  if (place.kind === 'nothing' || place.kind === 'shape') return undefined;
  if (place.kind === 'picture') {
    const [node] = place.nodes;
    return placedPicture(node)?.metadata === undefined ? undefined : node;
  }
  if (!('findAllWithCriteria' in place.canvas)) return undefined;
  const found = (place.canvas as unknown as Container).findAllWithCriteria({
    types: ['RECTANGLE'],
    pluginData: { keys: [requestKey] },
  });
  return found[found.length - 1];
}
