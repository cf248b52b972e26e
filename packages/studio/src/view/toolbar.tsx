import { useSignal } from '@preact/signals';
import {
  ArrowLeftRight,
  BringToFront,
  Clipboard,
  Copy,
  Eye,
  FlipHorizontal2,
  Lock,
  Redo2,
  RotateCcw,
  SendToBack,
  Trash2,
  Undo2,
  UserPlus,
} from 'lucide-preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { configurations } from '../library/configurations.ts';
import { poseMannequin } from '../library/mannequin.ts';
import { poseFromView } from '../library/see-mannequin.ts';
import type { Studio } from '../state/studio.ts';
import { deleteSelected } from './canvas-keys.ts';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';

/** Above the stage: what is done to the people who are selected. */
export function Toolbar() {
  const studio = useStudio();
  const { editing } = studio;
  const text = studio.text.value;
  const hasSelection = editing.selection.value.size > 0;
  const hasPeople = editing.document.value.people.length > 0;
  const bar = useRef<HTMLDivElement>(null);
  const more = useHiddenSides(bar);
  return (
    <div
      ref={bar}
      class="toolbar"
      role="toolbar"
      aria-label={text.tools}
      data-more={more.value || undefined}
      onKeyDown={moveFocus}
    >
      <div class="tool-group">
        <IconButton
          icon={Undo2}
          label={text.undo}
          shortcut="Ctrl+Z"
          isDisabled={!editing.canUndo.value}
          onClick={() => editing.undo()}
        />
        <IconButton
          icon={Redo2}
          label={text.redo}
          shortcut="Ctrl+Y"
          isDisabled={!editing.canRedo.value}
          onClick={() => editing.redo()}
        />
      </div>
      <div class="tool-group">
        <IconButton
          icon={UserPlus}
          label={text.addPerson}
          isDisabled={editing.isFull}
          onClick={() => addPerson(studio)}
        />
        <IconButton
          icon={Copy}
          label={text.copy}
          shortcut="Ctrl+C"
          isDisabled={!hasPeople}
          onClick={() => void copy(studio)}
        />
        <IconButton
          icon={Clipboard}
          label={text.paste}
          shortcut="Ctrl+V"
          onClick={() => void paste(studio)}
        />
      </div>
      <div class="tool-group">
        <IconButton
          icon={FlipHorizontal2}
          label={text.mirror}
          shortcut="M"
          isDisabled={!hasPeople}
          onClick={() => editing.mirror()}
        />
        <IconButton
          icon={ArrowLeftRight}
          label={text.swap}
          shortcut="X"
          isDisabled={!hasPeople}
          onClick={() => editing.swapSides()}
        />
        <IconButton
          icon={BringToFront}
          label={text.forward}
          shortcut="PgUp"
          isDisabled={editing.document.value.people.length < 2}
          onClick={() => editing.reorder('forward')}
        />
        <IconButton
          icon={SendToBack}
          label={text.backward}
          shortcut="PgDn"
          isDisabled={editing.document.value.people.length < 2}
          onClick={() => editing.reorder('backward')}
        />
      </div>
      <div class="tool-group">
        <IconButton
          icon={Eye}
          label={text.hideOrShow}
          shortcut="H"
          isDisabled={!hasSelection}
          onClick={() => editing.toggleHidden()}
        />
        <IconButton
          icon={Lock}
          label={text.lockOrUnlock}
          shortcut="L"
          isDisabled={!hasSelection}
          onClick={() => editing.toggleLocked()}
        />
        <IconButton
          icon={RotateCcw}
          label={text.resetLimb}
          isDisabled={!hasSelection}
          onClick={() => editing.resetLimbs()}
        />
        <IconButton
          icon={Trash2}
          label={text.remove}
          shortcut="Del"
          isDisabled={!hasSelection}
          isDanger
          onClick={() => deleteSelected(studio)}
        />
      </div>
    </div>
  );
}

/** On which sides of a row that scrolls something lies out of sight: of `left right`, for the style sheet to fade. */
function useHiddenSides(row: { readonly current: HTMLElement | null }) {
  const sides = useSignal('');
  useLayoutEffect(() => {
    const element = row.current!;
    const look = () => {
      const { scrollLeft, scrollWidth, clientWidth } = element;
      // Scrolled places may be fractions of a pixel.
      const left = scrollLeft > 1 ? 'left' : '';
      const right = scrollLeft + clientWidth < scrollWidth - 1 ? 'right' : '';
      sides.value = `${left} ${right}`.trim();
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [row, sides]);
  return sides;
}

/** Arrows, Home and End go from tool to tool; a tool that lies outside a narrow panel scrolls into sight. */
function moveFocus(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  const tools = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const at = tools.indexOf(event.target as HTMLButtonElement);
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tools.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  tools[(next + tools.length) % tools.length].focus();
}

/** Someone who stands at ease, beside those who are there. */
function addPerson({ editing }: Studio): void {
  const { size, people } = editing.document.peek();
  const standing = configurations[0];
  const pose = poseFromView(poseMannequin(standing), { around: 0 }, size);
  const count = people.length;
  const aside =
    count === 0 ? 0 : (((count % 2 === 0 ? 1 : -1) * Math.ceil(count / 2)) / 5) * size.width * 0.9;
  const moved = pose.keypoints.map(([x, y, c]) => [c > 0 ? x + aside : 0, y, c] as const);
  editing.addPoses([{ keypoints: moved }]);
}

async function copy(studio: Studio): Promise<void> {
  try {
    await navigator.clipboard.writeText(studio.editing.copied());
    studio.notices.say(studio.text.peek().copied);
  } catch {
    studio.notices.say(studio.text.peek().noClipboard, 'warning');
  }
}

async function paste(studio: Studio): Promise<void> {
  let clipped: string;
  try {
    clipped = await navigator.clipboard.readText();
  } catch {
    studio.notices.say(studio.text.peek().noClipboard, 'warning');
    return;
  }
  try {
    studio.tellPasted(studio.editing.paste(clipped));
  } catch (error) {
    studio.notices.report(error);
  }
}
