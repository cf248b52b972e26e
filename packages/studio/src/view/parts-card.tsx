import { FlipHorizontal2, RotateCcw, RotateCw, ZoomIn, ZoomOut } from 'lucide-preact';
import { useId } from 'preact/hooks';
import {
  changePart,
  faceOfShape,
  faceShapes,
  handOfShape,
  handShapes,
  type PartName,
  type Person,
  partNames,
  partOf,
  withPart,
  withPerson,
} from '../editor/index.ts';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

/** Hands and face of one person: shapes to begin with, and a way to their points. */
export function PartsCard({ person }: { readonly person: Person }) {
  const studio = useStudio();
  const words = studio.text.value.parts;
  const hasSome = partNames.some((part) => partOf(person, part));
  return (
    <section class="card parts">
      <h2>{words.title}</h2>
      <p class="hint-line dim">{studio.text.value.handsAndFace}</p>
      {partNames.map((part) => (
        <PartRow key={part} person={person} part={part} />
      ))}
      <button
        type="button"
        class="button"
        aria-pressed={studio.editsParts.value}
        disabled={!hasSome}
        onClick={() => studio.editParts(!studio.editsParts.peek())}
      >
        {studio.editsParts.value ? words.endEditing : words.editPoints}
      </button>
    </section>
  );
}

/** Fifteen degrees, and a tenth. */
const [turnStep, sizeStep] = [Math.PI / 12, 1.1];

function PartRow({ person, part }: { readonly person: Person; readonly part: PartName }) {
  const studio = useStudio();
  const { editing } = studio;
  const words = studio.text.value.parts;
  const id = useId();
  const points = partOf(person, part);
  const put = (next: Person) => editing.apply((document) => withPerson(document, next));
  const change = (how: Parameters<typeof changePart>[2]) => put(changePart(person, part, how));
  const take = (shape: string) => {
    if (shape === 'none') put(withPart(person, part, undefined));
    else if (part === 'face') {
      const face = faceShapes.find((one) => one === shape);
      if (face) put(withPart(person, part, faceOfShape(person, face)));
    } else {
      const hand = handShapes.find((one) => one === shape);
      if (hand) put(withPart(person, part, handOfShape(person, part, hand)));
    }
  };
  const name = words.names[part];
  return (
    <div class="part-row">
      <div class="field">
        <label for={id}>{name}</label>
        <select
          id={id}
          // What is there may long have another shape than the one that was chosen.
          value={points ? 'there' : 'none'}
          onChange={(event) => {
            const shape = event.currentTarget.value;
            event.currentTarget.value = points ? 'there' : 'none';
            take(shape);
          }}
        >
          <option value="none">{words.none}</option>
          {points && <option value="there">{words.there}</option>}
          {(part === 'face' ? faceShapes : handShapes).map((shape) => (
            <option key={shape} value={shape}>
              {words.shapes[shape]}
            </option>
          ))}
        </select>
      </div>
      {points && (
        <div class="tool-group">
          <IconButton
            icon={RotateCcw}
            label={words.turnBack(name)}
            onClick={() => change({ radians: -turnStep })}
          />
          <IconButton
            icon={RotateCw}
            label={words.turn(name)}
            onClick={() => change({ radians: turnStep })}
          />
          <IconButton
            icon={ZoomOut}
            label={words.smaller(name)}
            onClick={() => change({ factor: 1 / sizeStep })}
          />
          <IconButton icon={ZoomIn} label={words.larger(name)} onClick={() => change({ factor: sizeStep })} />
          <IconButton
            icon={FlipHorizontal2}
            label={words.over(name)}
            onClick={() => change({ mirrored: true })}
          />
        </div>
      )}
    </div>
  );
}
