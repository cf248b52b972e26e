import { useEffect, useRef } from 'preact/hooks';
import type { Point } from '../editor/index.ts';
import type { Gesture } from './canvas-gestures.ts';
import { toPicture, type Viewport } from './viewport.ts';

/** Pixels of the screen that a pointer may tremble before a click is a drag. */
const tremble = 3;

interface Held {
  readonly id: number;
  readonly from: Point;
  at: Point;
  hasMoved: boolean;
}

export interface PointerWork {
  readonly begin: (event: PointerEvent, at: Point) => Gesture;
  readonly drop: () => void;
  readonly pan: (dx: number, dy: number) => void;
  readonly zoom: (factor: number, at: Point) => void;
}

/** Pointers (mouse, pen, fingers) and the wheel: one pointer works, two pinch, the middle button and the space bar pan. */
export function usePointers(
  svg: { readonly current: SVGSVGElement | null },
  view: { readonly peek: () => Viewport },
  isPanning: { value: boolean },
  work: PointerWork,
): void {
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => {
    const element = svg.current!;
    const held = new Map<number, Held>();
    let gesture: Gesture | undefined;
    let isSpaceDown = false;
    let frame = 0;
    const place = (event: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const drop = () => {
      cancelAnimationFrame(frame);
      gesture = undefined;
      latest.current.drop();
    };
    const down = (event: PointerEvent) => {
      if (event.button === 2) return;
      element.setPointerCapture(event.pointerId);
      const at = place(event);
      held.set(event.pointerId, { id: event.pointerId, from: at, at, hasMoved: false });
      const target = event.target as SVGElement;
      (target.closest<SVGElement>('[data-keypoint], [data-part]') ?? element).focus({ preventScroll: true });
      if (held.size === 2) {
        drop();
        return;
      }
      isPanning.value = event.button === 1 || isSpaceDown;
      if (!isPanning.value) gesture = latest.current.begin(event, toPicture(view.peek(), at));
      event.preventDefault();
    };
    const move = (event: PointerEvent) => {
      const mine = held.get(event.pointerId);
      if (!mine) return;
      const at = place(event);
      const old = mine.at;
      if (held.size === 2) {
        const other = [...held.values()].find(({ id }) => id !== event.pointerId)!.at;
        const before = Math.hypot(old.x - other.x, old.y - other.y);
        const now = Math.hypot(at.x - other.x, at.y - other.y);
        if (before > 1)
          latest.current.zoom(now / before, { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 });
        latest.current.pan((at.x - old.x) / 2, (at.y - old.y) / 2);
        mine.at = at;
        return;
      }
      mine.at = at;
      if (isPanning.value) {
        latest.current.pan(at.x - old.x, at.y - old.y);
        return;
      }
      mine.hasMoved ||= Math.hypot(at.x - mine.from.x, at.y - mine.from.y) > tremble;
      if (!mine.hasMoved || !gesture) return;
      const keys = { alt: event.altKey, shift: event.shiftKey };
      cancelAnimationFrame(frame);
      // Pointers may tell more often than the screen shows.
      frame = requestAnimationFrame(() => gesture?.move(toPicture(view.peek(), at), keys));
    };
    const up = (event: PointerEvent) => {
      const mine = held.get(event.pointerId);
      held.delete(event.pointerId);
      if (!mine || held.size > 0) return;
      if (gesture) {
        cancelAnimationFrame(frame);
        const keys = { alt: event.altKey, shift: event.shiftKey };
        if (mine.hasMoved) gesture.move(toPicture(view.peek(), place(event)), keys);
        gesture.end(mine.hasMoved);
      }
      gesture = undefined;
      isPanning.value = isSpaceDown;
    };
    const cancel = (event: PointerEvent) => {
      held.delete(event.pointerId);
      isPanning.value = false;
      drop();
    };
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const scale = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey) latest.current.pan(-event.deltaY * scale, 0);
      else latest.current.zoom(Math.exp((-event.deltaY * scale) / (event.ctrlKey ? 100 : 400)), place(event));
    };
    const keyDown = (event: KeyboardEvent) => {
      const isOnJoint = (event.target as Element).closest('[data-keypoint]');
      if (event.key === ' ' && !isOnJoint) {
        isSpaceDown = true;
        isPanning.value = true;
        event.preventDefault();
      }
      if (event.key === 'Escape' && gesture) drop();
    };
    const keyUp = (event: KeyboardEvent) => {
      if (event.key !== ' ') return;
      isSpaceDown = false;
      isPanning.value = false;
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', cancel);
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('keydown', keyDown);
    element.addEventListener('keyup', keyUp);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', cancel);
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('keydown', keyDown);
      element.removeEventListener('keyup', keyUp);
    };
  }, [svg, view, isPanning]);
}
