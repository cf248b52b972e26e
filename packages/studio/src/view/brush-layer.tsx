import { useSignalEffect } from '@preact/signals';
import { Brush, Check, Eraser, PersonStanding, Trash2, Undo2 } from 'lucide-preact';
import { useRef } from 'preact/hooks';
import type { Point } from '../editor/index.ts';
import { toPicture } from '../state/start-picture.ts';
import type { Studio } from '../state/studio.ts';
import type { Gesture } from './canvas-gestures.ts';
import { IconButton } from './icon-button.tsx';
import { useStudio } from './studio-context.ts';
import type { Viewport } from './viewport.ts';

/** The part that is drawn anew, over the stage as it lies there. */
export function BrushLayer({ view }: { readonly view: Viewport }) {
  const studio = useStudio();
  const { start, editing } = studio;
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size } = editing.document.value;
  useSignalEffect(() => {
    const { size } = editing.document.value;
    void [start.strokes.value, start.draft.value, start.base.value, start.picture.value];
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    if (element.width !== size.width) element.width = size.width;
    if (element.height !== size.height) element.height = size.height;
    context.clearRect(0, 0, size.width, size.height);
    start.drawMask(context, size, '#ff4fa8');
  });
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus
    <canvas
      ref={canvas}
      class="brush-layer"
      aria-hidden="true"
      style={{
        width: `${size.width}px`,
        height: `${size.height}px`,
        transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})`,
      }}
    />
  );
}

/** While the brush is in hand: its size, its other side, and ways out. */
export function BrushBar() {
  const studio = useStudio();
  const { start, editing } = studio;
  const words = studio.text.value.start;
  const isErasing = studio.isErasing.value;
  return (
    <div class="box-hint brush-bar" role="group" aria-label={words.brush}>
      <IconButton
        icon={Brush}
        label={words.paint}
        isPressed={!isErasing}
        onClick={() => {
          studio.isErasing.value = false;
        }}
      />
      <IconButton
        icon={Eraser}
        label={words.erase}
        isPressed={isErasing}
        onClick={() => {
          studio.isErasing.value = true;
        }}
      />
      <input
        type="range"
        min={2}
        max={160}
        value={studio.brushRadius.value}
        aria-label={words.brushSize}
        style={{ '--filled': `${((studio.brushRadius.value - 2) / 158) * 100}%` }}
        onInput={(event) => {
          studio.brushRadius.value = Number(event.currentTarget.value);
        }}
      />
      <IconButton
        icon={PersonStanding}
        label={words.paintPeople}
        isDisabled={editing.document.value.people.length === 0}
        onClick={() => start.paintPeople(editing.document.peek().people, editing.document.peek().size)}
      />
      <IconButton
        icon={Undo2}
        label={words.undoStroke}
        shortcut="Ctrl+Z"
        isDisabled={start.strokes.value.length === 0}
        onClick={() => start.undo()}
      />
      <IconButton
        icon={Trash2}
        label={words.clear}
        isDisabled={!start.hasMask.value}
        isDanger
        onClick={() => start.clearMask()}
      />
      <button type="button" class="button quiet" onClick={() => studio.brush(false)}>
        <Check size={15} aria-hidden="true" />
        {words.done}
      </button>
    </div>
  );
}

/** A stroke from pressing to letting go. */
export function brushGesture(studio: Studio, from: Point, zoom: number): Gesture {
  const { start, editing } = studio;
  const map = toPicture(start.picture.peek(), editing.document.peek().size);
  if (!map) return { move: () => {}, end: () => {} };
  // The size is that of the screen: closer is finer.
  const radius = (studio.brushRadius.peek() / zoom) * map.scale;
  const stroke = { radius, isErasing: studio.isErasing.peek(), points: [map.of(from)] };
  start.draft.value = stroke;
  return {
    move: (at) => {
      stroke.points.push(map.of(at));
      start.draft.value = { ...stroke };
    },
    end: () => {
      start.draft.value = undefined;
      start.paint({ ...stroke, points: [...stroke.points] });
    },
  };
}
