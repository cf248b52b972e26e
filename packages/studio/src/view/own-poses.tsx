import { useSignal } from '@preact/signals';
import { writtenPoseFormats } from '@stable-pose/core';
import { BookmarkPlus, FileDown, FileUp, Pencil, Trash2, X } from 'lucide-preact';
import { useId } from 'preact/hooks';
import { longestName, type OwnPose } from '../state/own-poses.ts';
import { IconButton } from './icon-button.tsx';
import { PoseThumbnail } from './pose-thumbnail.tsx';
import { useStudio } from './studio-context.ts';

/** A name for the people who are selected, and a way in for files. */
export function KeepOwnPose() {
  const studio = useStudio();
  const text = studio.text.value;
  const nameId = useId();
  const name = useSignal('');
  const hasPeople = studio.editing.document.value.people.length > 0;
  return (
    <form
      class="card keep-pose"
      onSubmit={(event) => {
        event.preventDefault();
        if (studio.keepOwnPose(name.peek())) name.value = '';
      }}
    >
      <div class="field">
        <label for={nameId}>{text.ownPoseName}</label>
        <input
          id={nameId}
          type="text"
          maxLength={longestName}
          placeholder={text.ownPoseExample}
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="row files">
        <button type="submit" class="button" disabled={!hasPeople || name.value.trim() === ''}>
          <BookmarkPlus size={15} aria-hidden="true" />
          {text.keepOwnPose}
        </button>
        <button type="button" class="button" onClick={() => void studio.importOwnPose()}>
          <FileUp size={15} aria-hidden="true" />
          {text.importOwnPose}
        </button>
      </div>
    </form>
  );
}

export interface OwnPoseCardProps {
  readonly own: OwnPose;
  readonly isEdited: boolean;
  readonly onEdit: () => void;
}

/** In the library, among the others. */
export function OwnPoseCard({ own, isEdited, onEdit }: OwnPoseCardProps) {
  const studio = useStudio();
  return (
    <li class="own-pose">
      <button type="button" class="pose-card" onClick={() => studio.useOwnPose(own)}>
        <PoseThumbnail poses={own.poses} />
        <span>{own.name}</span>
      </button>
      <IconButton
        icon={Pencil}
        label={studio.text.value.editOwnPose(own.name)}
        isPressed={isEdited}
        onClick={onEdit}
      />
    </li>
  );
}

/** Name, file and end of one of them. */
export function OwnPoseEditor({ own, onClose }: { readonly own: OwnPose; readonly onClose: () => void }) {
  const studio = useStudio();
  const text = studio.text.value;
  const [nameId, formatId] = [useId(), useId()];
  const format = useSignal('stable-pose');
  return (
    <section class="card own-editor" aria-label={text.editOwnPose(own.name)}>
      <div class="own-head">
        <PoseThumbnail poses={own.poses} />
        <div class="field">
          <label for={nameId}>{text.ownPoseName}</label>
          <input
            id={nameId}
            type="text"
            maxLength={longestName}
            value={own.name}
            onChange={(event) => studio.ownPoses.rename(own.id, event.currentTarget.value)}
          />
        </div>
        <IconButton icon={X} label={text.dismiss} onClick={onClose} />
      </div>
      <div class="field">
        <label for={formatId}>{text.poseFormat}</label>
        <select
          id={formatId}
          value={format.value}
          onChange={(event) => {
            format.value = event.currentTarget.value;
          }}
        >
          {writtenPoseFormats.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="row files">
        <button
          type="button"
          class="button"
          onClick={() => void studio.exportPosesAs(own.poses, own.size, format.peek(), own.name)}
        >
          <FileDown size={15} aria-hidden="true" />
          {text.exportOwnPose}
        </button>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            studio.ownPoses.remove(own.id);
            onClose();
          }}
        >
          <Trash2 size={15} aria-hidden="true" />
          {text.deleteOwnPose}
        </button>
      </div>
    </section>
  );
}
