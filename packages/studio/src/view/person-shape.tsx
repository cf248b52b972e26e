import { limbs } from '@stable-pose/core';
import { memo } from 'preact/compat';
import { type Person, uncertainBelow } from '../editor/index.ts';
import type { StudioText } from '../text/studio-text.ts';
import { PartShapes } from './part-shapes.tsx';

export interface PersonShapeProps {
  readonly person: Person;
  /** Selected keypoints of this person. */
  readonly selected: ReadonlySet<number> | undefined;
  readonly isActive: boolean;
  readonly name: string;
  /** Screen pixels per pixel of the picture. */
  readonly zoom: number;
  readonly text: StudioText;
  /** Points of hands and face can be taken hold of; joints wait. */
  readonly editsParts: boolean;
  /** Which keypoint the tab key reaches. */
  readonly tabIndexOf: number;
}

const colourOf = ([r, g, b]: readonly [number, number, number]) => `rgb(${r} ${g} ${b})`;
/** A keypoint wears the colour of the limb that ends in it. */
const keypointColours = Array.from({ length: 17 }, (_, i) => {
  const limb = limbs.find(({ to }) => to === i) ?? limbs[0];
  return colourOf(limb.colour);
});

/** One person on the canvas. Drawn anew only when this person, or what is selected of them, changed. */
export const PersonShape = memo(function PersonShape(props: PersonShapeProps) {
  const { person, selected, isActive, name, zoom, text, tabIndexOf } = props;
  const { keypoints } = person;
  // The box says that everything is selected.
  const isWhole = selected?.size === keypoints.length;
  const thick = (isActive ? 5 : 4) / zoom;
  const isThere = (i: number) => keypoints[i].state !== 'deleted';
  return (
    <g
      class={['person', isActive && 'active', props.editsParts && 'with-parts'].filter(Boolean).join(' ')}
      role="group"
      aria-label={name}
    >
      {limbs.map(({ from, to, colour }) => {
        if (!isThere(from) || !isThere(to)) return null;
        const [a, b] = [keypoints[from], keypoints[to]];
        const isSeen = a.state === 'shown' && b.state === 'shown';
        const line = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
        return (
          <g key={`${from}-${to}`}>
            <line
              {...line}
              class={isSeen ? 'limb' : 'limb unseen-limb'}
              stroke={colourOf(colour)}
              stroke-width={thick}
              stroke-dasharray={isSeen ? undefined : `${4 / zoom} ${5 / zoom}`}
            />
            <line
              {...line}
              class="limb-grip"
              stroke-width={18 / zoom}
              data-person={person.id}
              data-limb={`${from}-${to}`}
            />
          </g>
        );
      })}
      {keypoints.map(({ x, y, state, isLocked, confidence }, i) => {
        if (state === 'deleted') return null;
        const isUncertain = confidence < uncertainBelow;
        const radius = (i <= 4 ? 3.6 : 5) + (isUncertain ? 1.4 : 0);
        const isSelected = selected?.has(i) ?? false;
        const words = text.keypointWords(text.keypoints[i], name, {
          state,
          isLocked,
          isUncertain,
        });
        return (
          <g
            key={i}
            class={isSelected ? 'keypoint selected' : 'keypoint'}
            role="button"
            tabindex={i === tabIndexOf ? 0 : -1}
            aria-label={words}
            aria-pressed={isSelected}
            data-person={person.id}
            data-keypoint={i}
          >
            <circle class="grip" cx={x} cy={y} r={(i <= 4 ? 9 : 13) / zoom} />
            {isSelected && !isWhole && (
              <circle class="halo" cx={x} cy={y} r={9 / zoom} stroke-width={2 / zoom} />
            )}
            <circle
              class={`dot ${state}${isUncertain ? ' uncertain' : ''}`}
              cx={x}
              cy={y}
              r={radius / zoom}
              fill={state === 'shown' ? keypointColours[i] : undefined}
              stroke={state === 'shown' ? undefined : keypointColours[i]}
              stroke-width={1.5 / zoom}
            />
            {isLocked && (
              <rect class="lock" x={x - 2 / zoom} y={y - 2 / zoom} width={4 / zoom} height={4 / zoom} />
            )}
          </g>
        );
      })}
      <PartShapes {...{ person, zoom, name, text }} isEdited={props.editsParts} />
    </g>
  );
});
