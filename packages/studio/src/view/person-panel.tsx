import { Eye, EyeOff, Lock, LockOpen, RotateCcw, Trash2, Undo } from 'lucide-preact';
import { centreOf, movePerson, type Person, personBounds, scalePerson, withPerson } from '../editor/index.ts';
import { IconButton } from './icon-button.tsx';
import { NumberField } from './number-field.tsx';
import { PartsCard } from './parts-card.tsx';
import { useStudio } from './studio-context.ts';

/** Everyone, and the numbers of one: everything that the canvas does, without the canvas. */
export function PersonPanel() {
  const studio = useStudio();
  const { editing } = studio;
  const text = studio.text.value;
  const { people } = editing.document.value;
  const active = editing.active.value;
  if (!active) return <p class="empty">{text.nobodyYet}</p>;
  const isSelected = editing.selection.value.has(active.id);
  return (
    <div class="panel-body">
      <div class="chips" role="group" aria-label={text.people}>
        {people.map(({ id }, i) => (
          <button
            key={id}
            type="button"
            class="chip"
            aria-pressed={id === active.id && isSelected}
            onClick={() => editing.selectPerson(id)}
          >
            {text.person(i + 1)}
          </button>
        ))}
      </div>
      <WholeFields person={active} />
      <section class="card joints">
        <h2>{text.joints}</h2>
        <table>
          <thead class="unseen">
            <tr>
              <th scope="col">{text.joint}</th>
              <th scope="col">X</th>
              <th scope="col">Y</th>
              <th scope="col">{text.hideOrShow}</th>
              <th scope="col">{text.lockOrUnlock}</th>
            </tr>
          </thead>
          <tbody>
            {active.keypoints.map((keypoint, i) => {
              const name = text.keypoints[i];
              const change = (value: Partial<typeof keypoint>) => editing.changeKeypoint(active.id, i, value);
              return (
                <tr key={name} class={keypoint.state}>
                  <th scope="row">
                    <button type="button" class="link" onClick={() => editing.selectKeypoint(active.id, i)}>
                      {name}
                    </button>
                  </th>
                  {(['x', 'y'] as const).map((axis) => (
                    <td key={axis}>
                      <NumberField
                        label={`${name} ${axis.toUpperCase()}`}
                        isLabelHidden
                        value={Math.round(keypoint[axis] * 10) / 10}
                        min={-8192}
                        max={16384}
                        step={0.1}
                        onChange={(value) => value !== undefined && change({ [axis]: value })}
                      />
                    </td>
                  ))}
                  <td>
                    {keypoint.state === 'deleted' ? (
                      <IconButton
                        icon={Undo}
                        label={text.restoreOne(name)}
                        onClick={() => change({ state: 'shown' })}
                      />
                    ) : (
                      <IconButton
                        icon={keypoint.state === 'shown' ? Eye : EyeOff}
                        label={text.hideOne(name)}
                        isPressed={keypoint.state === 'hidden'}
                        onClick={() => change({ state: keypoint.state === 'shown' ? 'hidden' : 'shown' })}
                      />
                    )}
                  </td>
                  <td>
                    <IconButton
                      icon={keypoint.isLocked ? Lock : LockOpen}
                      label={text.lockOne(name)}
                      isPressed={keypoint.isLocked}
                      onClick={() => change({ isLocked: !keypoint.isLocked })}
                    />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <PartsCard person={active} />
      <div class="row files">
        <button type="button" class="button" onClick={() => editing.restore()}>
          <Undo size={15} aria-hidden="true" />
          {text.restoreAll}
        </button>
        <button type="button" class="button" onClick={() => editing.resetPeople()}>
          <RotateCcw size={15} aria-hidden="true" />
          {text.resetPerson}
        </button>
        <button type="button" class="button" onClick={() => editing.resetAll()}>
          <RotateCcw size={15} aria-hidden="true" />
          {text.resetEveryone}
        </button>
        <button type="button" class="button danger" onClick={() => editing.removePeople([active.id])}>
          <Trash2 size={15} aria-hidden="true" />
          {text.removePerson}
        </button>
      </div>
    </div>
  );
}

/** Place, size and turn of a person as numbers. */
function WholeFields({ person }: { readonly person: Person }) {
  const { editing, text } = useStudio();
  const bounds = personBounds([person]);
  if (!bounds) return null;
  const centre = centreOf(bounds);
  const height = bounds.bottom - bounds.top;
  const change = (next: Person) => editing.apply((document) => withPerson(document, next));
  const whole = (value: number) => Math.round(value * 10) / 10;
  const { centreX, centreY, tall, turnBy } = text.value;
  return (
    <section class="card">
      <div class="row">
        <NumberField
          label={centreX}
          value={whole(centre.x)}
          min={-8192}
          max={16384}
          step={0.1}
          onChange={(x) => x !== undefined && change(movePerson(person, x - centre.x, 0))}
        />
        <NumberField
          label={centreY}
          value={whole(centre.y)}
          min={-8192}
          max={16384}
          step={0.1}
          onChange={(y) => y !== undefined && change(movePerson(person, 0, y - centre.y))}
        />
      </div>
      <div class="row">
        <NumberField
          label={tall}
          value={whole(height)}
          min={1}
          max={16384}
          step={0.1}
          onChange={(value) =>
            value !== undefined && height > 0 && change(scalePerson(person, centre, value / height))
          }
        />
        <NumberField
          label={turnBy}
          value={0}
          min={-180}
          max={180}
          onChange={(degrees) => {
            if (!degrees) return;
            editing.selectPerson(person.id);
            editing.turn(degrees);
          }}
        />
      </div>
    </section>
  );
}
