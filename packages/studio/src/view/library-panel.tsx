import { useComputed, useSignal } from '@preact/signals';
import { FolderOpen, Save, ScanSearch, Search } from 'lucide-preact';
import { useId, useMemo } from 'preact/hooks';
import { collectionNames, configurations } from '../library/configurations.ts';
import { poseMannequin } from '../library/mannequin.ts';
import { poseFromView } from '../library/see-mannequin.ts';
import { KeepOwnPose, OwnPoseCard, OwnPoseEditor } from './own-poses.tsx';
import { PoseThumbnail } from './pose-thumbnail.tsx';
import { SliderField } from './slider-field.tsx';
import { useStudio } from './studio-context.ts';

const small = { width: 96, height: 96 };
const sides = [0, 45, 90, 180] as const;

/** Bodies to begin with, from any side. */
export function LibraryPanel() {
  const studio = useStudio();
  const { editing } = studio;
  const text = studio.text.value;
  const searchId = useId();
  const query = useSignal('');
  const collection = useSignal<string>('');
  const around = useSignal(20);
  const mannequins = useMemo(() => configurations.map((one) => ({ ...one, body: poseMannequin(one) })), []);
  const found = useComputed(() => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    return mannequins.filter(({ id, collection: own }) => {
      const names = `${studio.text.value.poses[id]} ${studio.text.value.collections[own]}`.toLowerCase();
      return (
        (collection.value === '' || own === collection.value) && words.every((word) => names.includes(word))
      );
    });
  });
  const foundOwn = useComputed(() => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (collection.value !== '' && collection.value !== 'own') return [];
    return studio.ownPoses.list.value.filter(({ name }) =>
      words.every((word) => name.toLowerCase().includes(word)),
    );
  });
  const editedId = useSignal<string | undefined>(undefined);
  const edited = studio.ownPoses.list.value.find(({ id }) => id === editedId.value);
  const isOwn = collection.value === 'own';
  const isEmpty = found.value.length === 0 && foundOwn.value.length === 0;
  const active = editing.active.value;
  const selectedId = active && editing.selection.value.has(active.id) ? active.id : undefined;
  const use = (body: (typeof mannequins)[number]['body']) => {
    const pose = poseFromView(body, { around: around.peek() }, editing.document.peek().size);
    if (selectedId) editing.replacePose(selectedId, pose);
    else if (editing.addPoses([pose]) === 0) studio.notices.say(text.noRoom, 'warning');
  };
  return (
    <div class="panel-body">
      <div class="search field">
        <label for={searchId} class="unseen">
          {text.searchPoses}
        </label>
        <Search size={15} aria-hidden="true" />
        <input
          id={searchId}
          type="search"
          placeholder={text.searchPoses}
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="chips collections" role="group" aria-label={text.collectionsLabel}>
        {['', 'own', ...collectionNames].map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={collection.value === name}
            onClick={() => {
              collection.value = name;
            }}
          >
            {name === '' ? text.allPoses : name === 'own' ? text.ownPoses : text.collections[name]}
          </button>
        ))}
      </div>
      {isOwn && <KeepOwnPose />}
      {edited && <OwnPoseEditor own={edited} onClose={() => (editedId.value = undefined)} />}
      {found.value.length > 0 && (
        <section class="card seen-from">
          <div class="segmented" role="group" aria-label={text.seenFrom}>
            {sides.map((side) => (
              <button
                key={side}
                type="button"
                aria-pressed={around.value === side}
                onClick={() => {
                  around.value = side;
                }}
              >
                {text.sides[side]}
              </button>
            ))}
          </div>
          <SliderField
            label={text.seenFrom}
            value={around.value}
            min={-180}
            max={180}
            step={5}
            words={`${around.value}°`}
            onInput={(value) => {
              around.value = value;
            }}
          />
        </section>
      )}
      <p class="hint-line dim">
        {isOwn ? text.ownPoseComesIn : selectedId ? text.replacesPose : text.addsPerson}
      </p>
      {isEmpty && <p class="empty">{isOwn && query.value === '' ? text.noOwnPoses : text.noPoseFound}</p>}
      <ul class="poses">
        {foundOwn.value.map((own) => (
          <OwnPoseCard
            key={own.id}
            own={own}
            isEdited={own.id === editedId.value}
            onEdit={() => {
              editedId.value = own.id === editedId.peek() ? undefined : own.id;
            }}
          />
        ))}
        {found.value.map(({ id, body }) => (
          <li key={id}>
            <button type="button" class="pose-card" onClick={() => use(body)}>
              <PoseThumbnail poses={[poseFromView(body, { around: around.value }, small)]} size={small} />
              <span>{text.poses[id]}</span>
            </button>
          </li>
        ))}
      </ul>
      <div class="row files">
        <button type="button" class="button" onClick={() => void studio.choosePoses()}>
          <FolderOpen size={15} aria-hidden="true" />
          {text.openPoses}
        </button>
        <button type="button" class="button" onClick={() => void studio.exportPoses()}>
          <Save size={15} aria-hidden="true" />
          {text.savePoses}
        </button>
        <button
          type="button"
          class="button"
          disabled={studio.isFinding.value}
          onClick={() => void studio.choosePictureForPose()}
        >
          <ScanSearch size={15} aria-hidden="true" />
          {studio.isFinding.value ? text.finding : text.poseFromPicture}
        </button>
      </div>
    </div>
  );
}
