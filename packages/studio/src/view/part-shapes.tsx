import { handBones, type PartName, type Person, partNames, partOf } from '../editor/index.ts';
import type { StudioText } from '../text/studio-text.ts';

export interface PartShapesProps {
  readonly person: Person;
  readonly zoom: number;
  /** Its points can be taken hold of. */
  readonly isEdited: boolean;
  readonly name: string;
  readonly text: StudioText;
}

/** Lines of a face, from point to next, as iBUG numbers them. */
const faceLines: readonly (readonly [from: number, to: number, isClosed: boolean])[] = [
  [0, 16, false],
  [17, 21, false],
  [22, 26, false],
  [27, 30, false],
  [31, 35, false],
  [36, 41, true],
  [42, 47, true],
  [48, 59, true],
  [60, 67, true],
];
const faceBones = faceLines.flatMap(([from, to, isClosed]) => [
  ...Array.from({ length: to - from }, (_, i) => [from + i, from + i + 1] as const),
  ...(isClosed ? [[to, from] as const] : []),
]);

/** Hands and face: thin, because Stable-Pose does not look at them. */
export function PartShapes(props: PartShapesProps) {
  return (
    <>
      {partNames.map((part) => (
        <PartShape key={part} part={part} {...props} />
      ))}
    </>
  );
}

function PartShape(props: PartShapesProps & { readonly part: PartName }) {
  const { person, part, zoom, isEdited, name, text } = props;
  const points = partOf(person, part);
  if (!points) return null;
  const isThere = (i: number) => points[i][2] > 0;
  return (
    <g class={isEdited ? 'part-shape edited' : 'part-shape'}>
      {(part === 'face' ? faceBones : handBones).map(([from, to]) =>
        isThere(from) && isThere(to) ? (
          <line
            key={`${from}-${to}`}
            class="part-line"
            x1={points[from][0]}
            y1={points[from][1]}
            x2={points[to][0]}
            y2={points[to][1]}
            stroke-width={1.4 / zoom}
          />
        ) : null,
      )}
      {points.map(([x, y], i) => {
        if (!isThere(i)) return null;
        if (!isEdited) return <circle key={i} class="part" cx={x} cy={y} r={1.4 / zoom} />;
        return (
          <g
            key={i}
            class="part-point"
            role="button"
            tabindex={i === 0 ? 0 : -1}
            aria-label={text.parts.pointWords(part, i, name)}
            data-person={person.id}
            data-part={part}
            data-point={i}
          >
            <circle class="grip" cx={x} cy={y} r={8 / zoom} />
            <circle class="dot" cx={x} cy={y} r={3.4 / zoom} stroke-width={1 / zoom} />
          </g>
        );
      })}
    </g>
  );
}
